-- What a case or a library holds. Content is known by its hashes (SHA-256, hexadecimal); ids are
-- only of use within this file. Boxes are x0, y0, x1, y1 with the origin at the upper left.

-- What everything here was made with: 'weights', 'calibration', 'search' and so on.
create table settings (
  name  text primary key,
  value text not null
) strict, without rowid;

-- A file by its bytes, also one within an archive.
create table files (
  id      integer primary key,
  sha256  text not null unique,
  pages   integer not null,
  problem text,          -- why it was not read, or not from some point on
  unread  text not null  -- JSON, list of parts that were passed over, each with the reason
) strict;

-- Where files were found, as the operating system has it (bytes: names need not be UTF-8); of a
-- file in an archive, the archive's path and the name within.
create table paths (
  path   blob primary key,
  file   integer not null references files,
  inside integer not null  -- 1 where it is in an archive
) strict, without rowid;

-- Files that were found and could not be opened, or that are none to read.
create table strays (
  path     blob primary key,
  reason   text not null,
  passed   integer not null  -- 1 where it was passed over: it is no document
) strict, without rowid;

-- A picture on a page, in the order of pages; boxes are fractions of the page, or of the image.
create table figures (
  id            integer primary key,
  file          integer not null references files,
  page          integer not null,  -- from 1
  number        integer not null,  -- on the page
  x0 real not null, y0 real not null, x1 real not null, y1 real not null,
  width         integer not null,  -- pixels
  height        integer not null,
  stream_sha256 text,
  pixels_sha256 text not null,
  note          text,              -- what is wrong with it
  unique (file, page, number)
) strict;

-- What panels show: grey levels, whose PNG file is pictures/AB/ABCDEF….png by their hash.
create table pictures (
  id        integer primary key,
  sha256    text not null unique,  -- see utils.digests.of_pixels
  width     integer not null,
  height    integer not null,
  whole     integer unique,  -- its record in the column wholes; null: not embedded yet
  part      integer,         -- the first of its records in the column parts
  parts     integer,         -- how many these are
  described integer unique,  -- its record in the columns of the gate; null: not described yet
  keypoints integer          -- how many it has there
) strict;

-- A part of a figure; boxes are pixels of the figure.
create table panels (
  id       integer primary key,
  figure   integer not null references figures,
  x0 integer not null, y0 integer not null, x1 integer not null, y1 integer not null,
  kind     text not null,     -- micrograph, blot, photograph, chart, …
  compared integer not null,  -- 1, or 0 with a reason
  reason   text not null,
  picture  integer not null references pictures
) strict;

create index panels_of_pictures on panels (picture);
create index panels_of_figures on panels (figure);

-- Where pictures of a library are that passed the gate, noted in a case: so it is complete without
-- the library. Paths are those of the library.
create table elsewhere (
  picture text not null,  -- SHA-256
  path    blob not null,
  file    text not null,  -- SHA-256
  page    integer not null,
  number  integer not null,
  figure_x0 real not null, figure_y0 real not null, figure_x1 real not null,
  figure_y1 real not null,
  width   integer not null,
  height  integer not null,
  pixels_sha256 text not null,
  x0 integer not null, y0 integer not null, x1 integer not null, y1 integer not null,
  kind    text not null,
  primary key (picture, path, page, number, x0, y0)
) strict, without rowid;

-- Every place at which a picture that is compared was found: a panel's box, in pixels of its figure,
-- and the figure's box on its page. A file that lies at several paths is named by the first.
create view places as
select pictures.sha256 as picture, firsts.path as path, files.sha256 as file, figures.page as page,
  figures.number as number, figures.x0 as figure_x0, figures.y0 as figure_y0,
  figures.x1 as figure_x1, figures.y1 as figure_y1, figures.width as width,
  figures.height as height, figures.pixels_sha256 as pixels_sha256, panels.x0 as x0,
  panels.y0 as y0, panels.x1 as x1, panels.y1 as y1, panels.kind as kind, 0 as in_library
from panels join pictures on pictures.id = panels.picture
  join figures on figures.id = panels.figure join files on files.id = figures.file
  join (select min(path) as path, file from paths group by file) as firsts
    on firsts.file = files.id
where panels.compared
union all
select *, 1 from elsewhere;

-- How many records of each column's file are valid; what follows them was never finished.
create table columns (
  name    text primary key,
  records integer not null
) strict, without rowid;

-- The pairs of pictures that the last search proposes. The first hash is the smaller one.
create table candidates (
  first  text not null,
  second text not null,
  f      real not null,     -- smallest of their squares
  square_a integer not null,  -- which squares these are, see library.embedding.cut
  square_b integer not null,
  place  integer not null,  -- among the nearest of the one or the other, from 1
  primary key (first, second)
) strict, without rowid;

-- What was found out about pairs of pictures, whichever search proposed them.
create table pairs (
  first   text not null,
  second  text not null,
  votes   integer,  -- keypoints that agree
  gate    text check (gate in ('passed', 'failed', 'doubtful')),  -- null: not looked at yet;
                    -- doubtful: of too few keypoints to tell
  checked integer not null default 0,  -- 1 once its regions are known
  primary key (first, second)
) strict, without rowid;

-- Parts of two pictures that were laid on each other, best first.
create table regions (
  first     text not null,
  second    text not null,
  number    integer not null,  -- from 0
  x0_a real not null, y0_a real not null, x1_a real not null, y1_a real not null,  -- pixels of the
  x0_b real not null, y0_b real not null, x1_b real not null, y1_b real not null,  -- pictures
  corners   text not null,     -- JSON, [4][2], of the region in the first picture
  matrix    text not null,     -- JSON, [3][3], takes pixels of the second picture to the first
  inverted  integer not null,  -- whether grey levels are reversed
  f         real not null,
  verified  real not null,     -- at most 1 where both are more likely the same than not
  inliers   integer not null,
  common    real not null,     -- these as in verification.evidence.Evidence
  correlation real not null,
  agreement real not null,
  verdict   text not null,     -- of verification.verdict.VERDICTS
  sure      integer not null,  -- whether it was found by keypoints, and not chosen by its f
  reason    text not null,     -- in words
  primary key (first, second, number)
) strict, without rowid;

-- What people judged. Nothing is changed or taken away: the latest verdict on a pair counts.
create table verdicts (
  id       integer primary key,
  first    text not null,
  second   text not null,
  verdict  text not null check (verdict in ('concern', 'acceptable', 'not the same', 'unsure')),
  reviewer text not null,
  note     text not null,
  time     text not null,  -- ISO 8601, UTC
  weights  text not null,  -- SHA-256 of the model's file
  unique (first, second, verdict, reviewer, note, time, weights)
) strict;

create index verdicts_of_pairs on verdicts (first, second);
create trigger verdicts_stay before update on verdicts
begin select raise(abort, 'verdicts are never changed'); end;
create trigger verdicts_remain before delete on verdicts
begin select raise(abort, 'verdicts are never deleted'); end;

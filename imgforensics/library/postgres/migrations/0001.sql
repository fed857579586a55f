-- A library in PostgreSQL: what migrations/ says of a folder's, and the pictures themselves. All of
-- a document, embeddings and descriptions included, comes in one transaction.

create extension if not exists vector;

-- 'schema': number of the last migration; 'model': fingerprint of the weights of all embeddings.
create table settings (
  name  text primary key,
  value text not null
);

create table files (
  id      bigint generated always as identity primary key,
  sha256  text collate "C" not null unique,
  pages   integer not null,
  problem text,
  unread  text not null,
  added   timestamptz not null default now()
);

-- As the adding machines name them. A path that has got another content names both: what was there
-- before belongs to the library still, and two machines may mean different files by one path.
create table paths (
  path   bytea not null,
  file   bigint not null references files,
  inside boolean not null,
  primary key (file, path)
);

create table strays (
  path   bytea primary key,
  reason text not null,
  passed boolean not null
);

create table figures (
  id            bigint generated always as identity primary key,
  file          bigint not null references files,
  page          integer not null,
  number        integer not null,
  x0 double precision not null, y0 double precision not null,
  x1 double precision not null, y1 double precision not null,
  width         integer not null,
  height        integer not null,
  stream_sha256 text,
  pixels_sha256 text not null,
  note          text,
  unique (file, page, number)
);

-- Figures of several panels, to be looked at, by the hash of their pixels.
create table figure_files (
  sha256 text primary key,
  jpeg   bytea not null
);
alter table figure_files alter column jpeg set storage external;

-- Pages that have figures, to be looked at, by the SHA-256 of their document.
create table sheets (
  file text not null,
  page integer not null,
  jpeg bytea not null,
  primary key (file, page)
);
alter table sheets alter column jpeg set storage external;

create table pictures (
  id          bigint generated always as identity primary key,
  sha256      text not null unique,
  width       integer not null,
  height      integer not null,
  look        text not null,
  png         bytea not null,
  description bytea          -- of the gate; null, as there are no squares, where no panel is compared
);
alter table pictures alter column png set storage external;

create table panels (
  id         bigint generated always as identity primary key,
  figure     bigint not null references figures,
  x0 integer not null, y0 integer not null, x1 integer not null, y1 integer not null,
  kind       text not null,
  compared   boolean not null,
  reason     text not null,
  picture    bigint not null references pictures,
  look       text not null,
  spot       integer[],  -- where on the page, as panels.furniture has it; null: it fills its page
  suppressed boolean not null default false  -- recurs, as journals' furniture does
);
create index panels_of_pictures on panels (picture);
create index panels_of_figures on panels (figure);
create index panels_alike on panels (look, spot) where spot is not null;

-- Squares of pictures, of which number 0 is the picture as a whole. `scaled` is the embedding times
-- alpha, so that L1 distances are f; its length and its indexes come with the first model.
create table squares (
  picture   bigint not null references pictures,
  number    integer not null,
  embedding bytea not null,  -- float32, as the network gave it
  scaled    halfvec not null,
  primary key (picture, number)
);

-- Who has judged, and which role of the server first did so under this name.
create table reviewers (
  name  text primary key,
  role  name not null default session_user,
  since timestamptz not null default now()
);

create table verdicts (
  sha256     text primary key,  -- of all that was told
  number     bigint generated always as identity,
  first      text not null,
  second     text not null,
  verdict    text not null check (verdict in ('concern', 'acceptable', 'not the same', 'unsure')),
  reviewer   text not null references reviewers,
  note       text not null,
  time       text collate "C" not null,
  weights    text not null,
  entered_by name not null default session_user
);
create index verdicts_of_pairs on verdicts (first, second);

create function verdicts_stay() returns trigger language plpgsql as $$
begin
  raise exception 'verdicts are never changed or deleted';
end $$;
create trigger verdicts_stay before update or delete or truncate on verdicts
  for each statement execute function verdicts_stay();

-- Whether a panel shows a picture that is compared, and fits what is asked for; opaque to the
-- planner, which then goes through the index of vectors and asks of each.
create function takes_part(wanted bigint, without bigint[], since timestamptz, a_kind text)
returns boolean language plpgsql stable as $$
begin
  return exists (
    select from panels
      join figures on figures.id = panels.figure
      join files on files.id = figures.file
    where panels.picture = wanted and panels.compared and not panels.suppressed
      and files.id != all (without)
      and (since is null or files.added >= since)
      and (a_kind is null or panels.kind = a_kind)
  );
end $$;

create view places as
select pictures.sha256 as picture, firsts.path as path, files.sha256 as file, figures.page as page,
  figures.number as number, figures.x0 as figure_x0, figures.y0 as figure_y0,
  figures.x1 as figure_x1, figures.y1 as figure_y1, figures.width as width,
  figures.height as height, figures.pixels_sha256 as pixels_sha256, panels.x0 as x0,
  panels.y0 as y0, panels.x1 as x1, panels.y1 as y1, panels.kind as kind
from panels join pictures on pictures.id = panels.picture
  join figures on figures.id = panels.figure join files on files.id = figures.file
  join lateral (
    select path from paths where paths.file = files.id order by path limit 1
  ) as firsts on true
where panels.compared and not panels.suppressed;

-- Who may do what: an administrator grants one of these to each person's role.
do $$
declare
  role text;
begin
  foreach role in array array['reader', 'screener', 'reviewer'] loop
    begin
      if not exists (select from pg_roles where rolname = 'imgforensics_' || role) then
        execute format('create role imgforensics_%s nologin', role);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another library of this server was made at the same time
    end;
  end loop;
end $$;
grant usage on schema imgforensics to imgforensics_reader, imgforensics_screener,
  imgforensics_reviewer;
grant select on all tables in schema imgforensics to imgforensics_reader, imgforensics_screener,
  imgforensics_reviewer;
grant insert on files, paths, figures, figure_files, sheets, pictures, panels, squares
  to imgforensics_screener;
grant insert, update, delete on strays to imgforensics_screener;
grant update (description) on pictures to imgforensics_screener;
grant update (suppressed) on panels to imgforensics_screener;
grant insert on reviewers, verdicts to imgforensics_reviewer;

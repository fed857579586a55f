-- When a document came here, ISO 8601 in UTC; '' of those that came before this was noted.
alter table files add column added text not null default '';

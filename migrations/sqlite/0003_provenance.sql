-- Where an OAI-PMH record came from, as JSON (domain::provenance::Origin); null for files.
alter table source_record add column origin text;

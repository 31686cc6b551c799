//! Metadata formats: readers to fields, writers from merged records.

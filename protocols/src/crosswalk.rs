//! Crosswalk tables as data: from the fields of a source record to the EDM-shaped record.

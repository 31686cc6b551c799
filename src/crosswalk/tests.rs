use super::*;
use domain::source_record::Field;

fn config(toml: &str) -> SourceConfig {
    toml::from_str(&format!("label = \"x\"\nkind = \"file\"\nlocation = \"x.csv\"\n{toml}"))
        .unwrap()
}

fn record(fields: &[(&str, &str)]) -> SourceRecord {
    SourceRecord {
        local_id: "1".to_owned(),
        deleted: false,
        datestamp: None,
        sets: Vec::new(),
        origin: None,
        fields: fields.iter().map(|(name, value)| Field::new(*name, *value)).collect(),
    }
}

#[test]
fn the_schedule_masks_what_the_table_does_not() {
    let crosswalk =
        Crosswalk::for_source(&config("mapping = \"palissy\"\nmasked = [\"Prix d'achat\"]"))
            .unwrap();
    for masked in ["ADRS2", "adrs2", "EDIF2", "prix_d_achat", "PRIX D'ACHAT", "HISTORIQUE.email"] {
        assert!(crosswalk.is_masked(masked), "{masked}");
    }
    assert!(!crosswalk.is_masked("ADRS"));
    assert!(crosswalk.is_private("CONTACT"));
}

#[test]
fn the_source_gives_holder_museum_kind_and_rights() {
    let crosswalk = Crosswalk::for_source(&config(
        r#"mapping = "generic"
           museum = "M0017"
           record_kind = "photograph"
           data_provider = "Musée de test"
           [rights]
           when_silent = "full"
           statement_when_silent = "http://creativecommons.org/publicdomain/mark/1.0/""#,
    ))
    .unwrap();
    let parsed = crosswalk.apply(&record(&[("titre", "Vue"), ("inventaire", "D 12")])).value;
    assert_eq!(parsed.kind, Kind::Photograph);
    assert_eq!(parsed.data_provider.as_deref(), Some("Musée de test"));
    assert_eq!(parsed.certain_keys, ["same:inv:M0017:d.12"]);
    assert_eq!(parsed.rights.image, domain::rights::ImageRight::Full);
}

#[test]
fn a_table_beside_the_schedule_is_found_and_its_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = config("mapping = \"tables/own.toml\"");
    source.folder = folder.path().to_owned();
    let missing = Crosswalk::for_source(&source).unwrap_err().to_string();
    assert!(missing.contains("own.toml") && missing.contains("joconde"), "{missing}");

    std::fs::create_dir(folder.path().join("tables")).unwrap();
    let path = folder.path().join("tables/own.toml");
    let table = "base = \"own\"\nkind = \"other\"\nkey = [\"id\"]\nfield = [\n{ name = \"id\", to = \"titel\" },\n]\n";
    std::fs::write(&path, table).unwrap();
    let wrong = Crosswalk::for_source(&source).unwrap_err().to_string();
    assert!(
        wrong.contains("line 5") && wrong.contains("titel") && wrong.contains("title"),
        "{wrong}"
    );

    std::fs::write(&path, table.replace("titel", "title")).unwrap();
    let crosswalk = Crosswalk::for_source(&source).unwrap();
    assert_eq!(crosswalk.key_fields(), ["id"]);
}

#[test]
fn a_mistake_in_the_rights_of_a_schedule_is_named() {
    let error =
        Crosswalk::for_source(&config("mapping = \"joconde\"\n[rights]\nwhen_silent = \"all\""))
            .unwrap_err();
    assert!(error.to_string().contains("allowed: none, reduced"), "{error}");
}

mod real_dates;
mod real_files;

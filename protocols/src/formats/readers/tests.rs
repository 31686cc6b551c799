use crate::crosswalk::{Context, Table};
use crate::formats;
use domain::source_record::SourceRecord;

/// What is read of metadata, and what the table makes of it.
fn golden(format: &str, table: &str, xml: &str) -> String {
    let read = formats::read(format, xml.as_bytes());
    let mut out = String::new();
    for field in &read.value {
        let lang = field.lang.as_deref().map(|l| format!(" @{l}")).unwrap_or_default();
        let uri = field.uri.as_deref().map(|u| format!(" <{u}>")).unwrap_or_default();
        out += &format!("{} = {}{lang}{uri}\n", field.name, field.value);
    }
    for issue in &read.issues {
        out += &format!("! {} {} {}\n", issue.code, issue.path, issue.value);
    }
    let source = SourceRecord {
        local_id: "oai:example.org:1".to_owned(),
        deleted: false,
        datestamp: None,
        sets: Vec::new(),
        origin: None,
        fields: read.value,
    };
    let made = Table::builtin(table).unwrap().apply(&source, &Context::default());
    for issue in &made.issues {
        out += &format!("! {} {} {}\n", issue.code, issue.path, issue.value);
    }
    out + &serde_json::to_string_pretty(&made.value).unwrap()
}

const LIDO: &str = r#"<lido:lido xmlns:lido="http://www.lido-schema.org" xmlns:gml="http://www.opengis.net/gml" xmlns:skos="http://www.w3.org/2004/02/skos/core#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<lido:lidoRecID lido:type="local">essai/7</lido:lidoRecID>
<lido:objectPublishedID lido:type="http://terminology.lido-schema.org/lido00099">https://musee.example/id/7</lido:objectPublishedID>
<lido:descriptiveMetadata xml:lang="fr">
 <lido:objectClassificationWrap>
  <lido:objectWorkTypeWrap><lido:objectWorkType><lido:conceptID lido:type="uri">http://vocab.getty.edu/aat/300033973</lido:conceptID><lido:term>dessin</lido:term><lido:term lido:addedSearchTerm="yes">croquis</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap>
  <lido:classificationWrap><lido:classification lido:type="europeana:type"><lido:term>IMAGE</lido:term></lido:classification><lido:classification><skos:Concept rdf:about="https://vocabulaire.example/arts"><skos:prefLabel xml:lang="en">fine arts</skos:prefLabel><skos:prefLabel xml:lang="fr">beaux-arts</skos:prefLabel></skos:Concept></lido:classification></lido:classificationWrap>
 </lido:objectClassificationWrap>
 <lido:objectIdentificationWrap>
  <lido:titleWrap><lido:titleSet lido:type="preferred"><lido:appellationValue lido:pref="preferred">La Passerelle aux saules</lido:appellationValue></lido:titleSet><lido:titleSet><lido:appellationValue lido:pref="alternate">Vue de la Somme</lido:appellationValue></lido:titleSet></lido:titleWrap>
  <lido:inscriptionsWrap><lido:inscriptions><lido:inscriptionTranscription>B. L. 1834</lido:inscriptionTranscription></lido:inscriptions></lido:inscriptionsWrap>
  <lido:repositoryWrap><lido:repositorySet lido:type="current"><lido:repositoryName><lido:legalBodyName><lido:appellationValue>Musée d'essai</lido:appellationValue></lido:legalBodyName></lido:repositoryName><lido:workID lido:type="inventory number">D.7</lido:workID><lido:repositoryLocation><lido:namePlaceSet><lido:appellationValue>Amiens</lido:appellationValue></lido:namePlaceSet></lido:repositoryLocation></lido:repositorySet></lido:repositoryWrap>
  <lido:objectMeasurementsWrap><lido:objectMeasurementsSet><lido:objectMeasurements><lido:measurementSet><lido:measurementType>hauteur</lido:measurementType><lido:measurementUnit>cm</lido:measurementUnit><lido:measurementValue>21</lido:measurementValue></lido:measurementSet></lido:objectMeasurements></lido:objectMeasurementsSet></lido:objectMeasurementsWrap>
  <lido:objectMaterialsTechWrap><lido:objectMaterialsTechSet><lido:materialsTech><lido:termMaterialsTech lido:type="material"><lido:term>papier</lido:term></lido:termMaterialsTech><lido:termMaterialsTech lido:type="technique"><lido:term>encre</lido:term></lido:termMaterialsTech></lido:materialsTech></lido:objectMaterialsTechSet></lido:objectMaterialsTechWrap>
 </lido:objectIdentificationWrap>
 <lido:eventWrap>
  <lido:eventSet><lido:event><lido:eventType><lido:conceptID lido:type="URI">http://terminology.lido-schema.org/lido00007</lido:conceptID></lido:eventType><lido:eventActor><lido:displayActorInRole>Lenoir, Berthe (dessinatrice)</lido:displayActorInRole><lido:actorInRole><lido:actor><lido:actorID lido:type="uri">http://viaf.org/viaf/1</lido:actorID><lido:nameActorSet><lido:appellationValue>Lenoir, Berthe</lido:appellationValue></lido:nameActorSet></lido:actor></lido:actorInRole></lido:eventActor><lido:eventActor><lido:displayActorInRole>atelier de Jean Dupré</lido:displayActorInRole><lido:actorInRole><lido:actor><lido:nameActorSet><lido:appellationValue>Dupré, Jean</lido:appellationValue></lido:nameActorSet></lido:actor><lido:attributionQualifierActor>atelier</lido:attributionQualifierActor></lido:actorInRole></lido:eventActor><lido:eventDate><lido:date><lido:earliestDate>1834</lido:earliestDate><lido:latestDate>1836</lido:latestDate></lido:date></lido:eventDate><lido:eventPlace><lido:place><lido:namePlaceSet><lido:appellationValue>Amiens</lido:appellationValue></lido:namePlaceSet><lido:gml><gml:Point><gml:pos>49.89 2.3</gml:pos></gml:Point></lido:gml></lido:place></lido:eventPlace></lido:event></lido:eventSet>
  <lido:eventSet><lido:event><lido:eventType><lido:term>Acquisition</lido:term></lido:eventType><lido:eventActor><lido:displayActorInRole>don de Mme Martin</lido:displayActorInRole></lido:eventActor><lido:eventDate><lido:displayDate>1902</lido:displayDate></lido:eventDate></lido:event></lido:eventSet>
 </lido:eventWrap>
 <lido:objectRelationWrap><lido:subjectWrap><lido:subjectSet><lido:displaySubject>pont et saules</lido:displaySubject><lido:subject><lido:subjectConcept><lido:term>pont</lido:term></lido:subjectConcept><lido:subjectPlace><lido:place><lido:namePlaceSet><lido:appellationValue>Somme</lido:appellationValue></lido:namePlaceSet></lido:place></lido:subjectPlace></lido:subject></lido:subjectSet></lido:subjectWrap>
 <lido:relatedWorksWrap><lido:relatedWorkSet><lido:relatedWork><lido:displayObject>Album des rivières</lido:displayObject></lido:relatedWork><lido:relatedWorkRelType><lido:term>is part of</lido:term></lido:relatedWorkRelType></lido:relatedWorkSet></lido:relatedWorksWrap></lido:objectRelationWrap>
</lido:descriptiveMetadata>
<lido:administrativeMetadata xml:lang="fr">
 <lido:rightsWorkWrap><lido:rightsWorkSet><lido:creditLine>© Musée d'essai</lido:creditLine></lido:rightsWorkSet></lido:rightsWorkWrap>
 <lido:recordWrap><lido:recordID lido:type="local">7</lido:recordID><lido:recordSource><lido:legalBodyName><lido:appellationValue>Musée d'essai</lido:appellationValue></lido:legalBodyName></lido:recordSource><lido:recordInfoSet><lido:recordInfoLink>https://musee.example/7</lido:recordInfoLink></lido:recordInfoSet></lido:recordWrap>
 <lido:resourceWrap><lido:resourceSet><lido:resourceRepresentation lido:type="image_thumb"><lido:linkResource>https://musee.example/7/t.jpg</lido:linkResource></lido:resourceRepresentation><lido:resourceRepresentation lido:type="image_master"><lido:linkResource>https://musee.example/7/m.jpg</lido:linkResource></lido:resourceRepresentation><lido:rightsResource><lido:rightsType><lido:conceptID lido:type="URI">https://creativecommons.org/publicdomain/mark/1.0/</lido:conceptID><lido:term>Domaine public</lido:term></lido:rightsType></lido:rightsResource></lido:resourceSet></lido:resourceWrap>
</lido:administrativeMetadata></lido:lido>"#;

#[test]
fn lido_becomes_fields_and_a_record() {
    insta::assert_snapshot!(golden("lido", "lido", LIDO));
}

const MODS: &str = r#"<mods xmlns="http://www.loc.gov/mods/v3" xmlns:xlink="http://www.w3.org/1999/xlink">
<titleInfo><nonSort>La</nonSort><title>Passerelle aux saules</title><subTitle>étude</subTitle></titleInfo>
<titleInfo type="alternative"><title>Vue de la Somme</title></titleInfo>
<name type="personal" valueURI="http://viaf.org/viaf/1"><namePart type="family">Lenoir</namePart><namePart type="given">Berthe</namePart><namePart type="date">1801-1870</namePart><role><roleTerm type="code">art</roleTerm></role></name>
<name><namePart>Martin, Paul</namePart><role><roleTerm>donor</roleTerm></role></name>
<typeOfResource>still image</typeOfResource><genre>dessin</genre>
<originInfo><place><placeTerm type="code">fr</placeTerm><placeTerm type="text">Amiens</placeTerm></place><publisher>Imprimerie d'essai</publisher><dateCreated point="start">1834</dateCreated><dateCreated point="end">1836</dateCreated><dateIssued>1840</dateIssued><dateIssued encoding="marc">1840</dateIssued></originInfo>
<language><languageTerm type="text">français</languageTerm><languageTerm type="code">fre</languageTerm></language>
<physicalDescription><form>encre sur papier</form><extent>21 x 30 cm</extent></physicalDescription>
<abstract xml:lang="fr">Un pont &amp; des saules.</abstract>
<subject><topic>Ponts</topic><geographic>Somme</geographic><temporal>19e siècle</temporal></subject>
<subject valueURI="http://id.example/saule"><topic>Saules</topic></subject>
<relatedItem type="host"><titleInfo><title>Album des rivières</title></titleInfo></relatedItem>
<identifier type="uri">https://musee.example/id/7</identifier>
<location><physicalLocation>Musée d'essai</physicalLocation><shelfLocator>D.7</shelfLocator><url access="preview">https://musee.example/7/t.jpg</url><url usage="primary display">https://musee.example/7</url><url access="raw object">https://musee.example/7/m.jpg</url></location>
<accessCondition type="use and reproduction" xlink:href="http://rightsstatements.org/vocab/InC/1.0/">Sous droits</accessCondition>
<recordInfo><recordIdentifier>7</recordIdentifier></recordInfo></mods>"#;

#[test]
fn mods_becomes_fields_and_a_record() {
    insta::assert_snapshot!(golden("mods", "mods", MODS));
}

#[test]
fn mets_gives_the_description_of_its_logical_root_and_its_best_images() {
    let mods = MODS.replace("\n", "");
    let mets = format!(
        r#"<mets:mets xmlns:mets="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink" OBJID="essai7">
<mets:dmdSec ID="D1"><mets:mdWrap MDTYPE="MODS"><mets:xmlData><mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Une page</title></titleInfo></mods></mets:xmlData></mets:mdWrap></mets:dmdSec>
<mets:dmdSec ID="D2"><mets:mdWrap MDTYPE="MODS"><mets:xmlData>{mods}</mets:xmlData></mets:mdWrap></mets:dmdSec>
<mets:amdSec><mets:rightsMD ID="R"><mets:mdWrap MDTYPE="OTHER"><mets:xmlData><dv:rights xmlns:dv="http://dfg-viewer.de/"><dv:owner>Bibliothèque d'essai</dv:owner><dv:license>https://creativecommons.org/publicdomain/mark/1.0/</dv:license></dv:rights></mets:xmlData></mets:mdWrap></mets:rightsMD></mets:amdSec>
<mets:fileSec><mets:fileGrp USE="THUMBS"><mets:file ID="T1" MIMETYPE="image/jpeg"><mets:FLocat xlink:href="https://b.example/t1.jpg"/></mets:file></mets:fileGrp><mets:fileGrp USE="DEFAULT"><mets:file ID="F1" MIMETYPE="image/jpeg"><mets:FLocat xlink:href="https://b.example/1.jpg"/></mets:file><mets:file ID="F2" MIMETYPE="image/jpeg"><mets:FLocat xlink:href="https://b.example/2.jpg"/></mets:file></mets:fileGrp><mets:fileGrp USE="FULLTEXT"><mets:file ID="A1" MIMETYPE="text/xml"><mets:FLocat xlink:href="https://b.example/1.xml"/></mets:file></mets:fileGrp></mets:fileSec>
<mets:structMap TYPE="LOGICAL"><mets:div DMDID="D2"><mets:div DMDID="D1"/></mets:div></mets:structMap></mets:mets>"#
    );
    insta::assert_snapshot!(golden("mets", "mods", &mets));
}

#[test]
fn marc_21_becomes_fields_and_a_record() {
    let xml = r#"<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nkm a2200000 i 4500</leader>
<controlfield tag="001">7</controlfield><controlfield tag="008">840101s1834    fr       |||||||||| fre d</controlfield>
<datafield tag="100" ind1="1" ind2=" "><subfield code="a">Lenoir, Berthe,</subfield><subfield code="d">1801-1870,</subfield><subfield code="e">artist.</subfield><subfield code="0">(DE-588)118540238</subfield></datafield>
<datafield tag="245" ind1="1" ind2="3"><subfield code="a">&#152;La &#156;passerelle aux saules :</subfield><subfield code="b">étude /</subfield><subfield code="c">B. Lenoir.</subfield></datafield>
<datafield tag="246" ind1=" " ind2=" "><subfield code="a">Vue de la Somme</subfield></datafield>
<datafield tag="260" ind1=" " ind2=" "><subfield code="a">Amiens :</subfield><subfield code="b">Imprimerie d'essai,</subfield><subfield code="c">1834.</subfield></datafield>
<datafield tag="300" ind1=" " ind2=" "><subfield code="a">1 dessin ;</subfield><subfield code="c">21 x 30 cm</subfield></datafield>
<datafield tag="520" ind1=" " ind2=" "><subfield code="a">Un pont et des saules.</subfield></datafield>
<datafield tag="540" ind1=" " ind2=" "><subfield code="a">Domaine public</subfield><subfield code="u">https://creativecommons.org/publicdomain/mark/1.0/</subfield></datafield>
<datafield tag="650" ind1=" " ind2="0"><subfield code="a">Bridges</subfield><subfield code="z">France</subfield><subfield code="y">19th century.</subfield><subfield code="0">http://id.loc.gov/authorities/subjects/sh85016803</subfield></datafield>
<datafield tag="651" ind1=" " ind2="0"><subfield code="a">Somme (France)</subfield></datafield>
<datafield tag="655" ind1=" " ind2="7"><subfield code="a">Dessins</subfield></datafield>
<datafield tag="700" ind1="1" ind2=" "><subfield code="a">Martin, Paul</subfield><subfield code="4">dnr</subfield></datafield>
<datafield tag="852" ind1=" " ind2=" "><subfield code="a">Musée d'essai</subfield><subfield code="j">D.7</subfield></datafield>
<datafield tag="856" ind1="4" ind2="1"><subfield code="u">https://musee.example/7</subfield></datafield></record>"#;
    insta::assert_snapshot!(golden("marc21", "marc21", xml));
}

#[test]
fn unimarc_becomes_fields_and_a_record() {
    let xml = "<mxc:record xmlns:mxc='info:lc/xmlns/marcxchange-v2' format='Unimarc' type='Bibliographic'><mxc:leader>00000ckm  2200000   450 </mxc:leader>
<mxc:controlfield tag='003'>http://catalogue.example/ark:/1/cb7</mxc:controlfield>
<mxc:datafield tag='101' ind1='0' ind2=' '><mxc:subfield code='a'>fre</mxc:subfield></mxc:datafield>
<mxc:datafield tag='200' ind1='1' ind2=' '><mxc:subfield code='a'>\u{88}La \u{89}passerelle aux saules</mxc:subfield><mxc:subfield code='b'>Image fixe</mxc:subfield><mxc:subfield code='e'>étude</mxc:subfield><mxc:subfield code='f'>B. Lenoir</mxc:subfield></mxc:datafield>
<mxc:datafield tag='210' ind1=' ' ind2=' '><mxc:subfield code='a'>Amiens</mxc:subfield><mxc:subfield code='c'>Imprimerie d'essai</mxc:subfield><mxc:subfield code='d'>1834</mxc:subfield></mxc:datafield>
<mxc:datafield tag='215' ind1=' ' ind2=' '><mxc:subfield code='a'>1 dessin</mxc:subfield><mxc:subfield code='d'>21 x 30 cm</mxc:subfield></mxc:datafield>
<mxc:datafield tag='606' ind1=' ' ind2=' '><mxc:subfield code='3'>11933171</mxc:subfield><mxc:subfield code='a'>Ponts</mxc:subfield><mxc:subfield code='y'>Somme</mxc:subfield><mxc:subfield code='z'>19e siècle</mxc:subfield></mxc:datafield>
<mxc:datafield tag='608' ind1=' ' ind2=' '><mxc:subfield code='a'>Dessins</mxc:subfield></mxc:datafield>
<mxc:datafield tag='700' ind1=' ' ind2='|'><mxc:subfield code='a'>Lenoir</mxc:subfield><mxc:subfield code='b'>Berthe</mxc:subfield><mxc:subfield code='f'>1801-1870</mxc:subfield><mxc:subfield code='4'>040</mxc:subfield></mxc:datafield>
<mxc:datafield tag='702' ind1=' ' ind2='|'><mxc:subfield code='a'>Martin</mxc:subfield><mxc:subfield code='b'>Paul</mxc:subfield><mxc:subfield code='4'>320</mxc:subfield></mxc:datafield>
<mxc:datafield tag='930' ind1=' ' ind2=' '><mxc:subfield code='c'>Bibliothèque d'essai</mxc:subfield><mxc:subfield code='a'>D.7</mxc:subfield></mxc:datafield></mxc:record>";
    insta::assert_snapshot!(golden("unimarc", "unimarc", xml));
}

#[test]
fn a_finding_aid_becomes_fields_and_a_record() {
    let xml = r#"<ead xmlns="urn:isbn:1-931666-22-9" xmlns:xlink="http://www.w3.org/1999/xlink"><eadheader><eadid url="https://archives.example/FR9_1">FR9_1</eadid><filedesc><titlestmt><titleproper>Instrument d'essai</titleproper></titlestmt><publicationstmt><publisher>Archives d'essai</publisher></publicationstmt></filedesc></eadheader>
<archdesc level="fonds"><did><unitid>1 J</unitid><unittitle>Fonds de la passerelle,
   <unitdate normal="1834/1902">1834-1902</unitdate></unittitle><origination><persname>Lenoir, Berthe</persname></origination><repository><corpname>Archives d'essai</corpname></repository><physdesc><extent unit="ml">2 ml</extent></physdesc><langmaterial><language langcode="fre">français</language></langmaterial></did>
<scopecontent><head>Présentation</head><p>Plans d'un pont.</p><p>Lettres.</p></scopecontent><userestrict><p>Libre.</p></userestrict><custodhist><p>Don de 1902.</p></custodhist>
<controlaccess><head>Index</head><geogname>Amiens</geogname><subject>pont</subject><controlaccess><persname>Martin, Paul</persname></controlaccess></controlaccess>
<dsc><c level="item" id="c1"><did><unitid>1 J 1</unitid><unittitle>Plan</unittitle></did><c02><did><unittitle>Détail</unittitle></did></c02></c></dsc>
<daogrp><daoloc xlink:href="https://archives.example/1.jpg" xlink:role="image"/></daogrp></archdesc></ead>"#;
    insta::assert_snapshot!(golden("ead", "ead", xml));
}

#[test]
fn qualified_dublin_core_becomes_fields_and_a_record() {
    let xml = r#"<oai_qdc:qualifieddc xmlns:oai_qdc="http://worldcat.org/xmlschemas/qdc-1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title xml:lang="fr">La Passerelle aux saules</dc:title><dcterms:alternative>Vue de la Somme</dcterms:alternative><dcterms:created>1834</dcterms:created><dcterms:spatial>Amiens</dcterms:spatial><dcterms:extent>21 x 30 cm</dcterms:extent><dcterms:medium>encre</dcterms:medium><dc:creator>Lenoir, Berthe</dc:creator><dc:type>dessin</dc:type><dc:identifier xsi:type="dcterms:URI">https://musee.example/7</dc:identifier><dcterms:license>https://creativecommons.org/publicdomain/mark/1.0/</dcterms:license><dcterms:isPartOf>Album des rivières</dcterms:isPartOf></oai_qdc:qualifieddc>"#;
    insta::assert_snapshot!(golden("oai_qdc", "qdc", xml));
}

#[test]
fn what_no_reader_knows_is_flattened_by_path_and_counted() {
    let xml = "<thesis xmlns='urn:thesis' n='1'><title xml:lang='fr'>T</title><authors><author role='x'>A</author><author>B</author></authors>tail</thesis>";
    let read = formats::read("oai_dc", xml.as_bytes());
    let fields: Vec<_> = read.value.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("@n", "1"),
            ("thesis", "tail"),
            ("title", "T"),
            ("authors.author.@role", "x"),
            ("authors.author", "A"),
            ("authors.author", "B")
        ]
    );
    assert_eq!(read.issues[0].code, "format_unknown");
    assert_eq!(read.issues[0].value, "urn:thesis");
}

#[test]
fn the_namespace_decides_before_the_configured_format() {
    for format in ["oai_dc", "edm", "marc21", ""] {
        assert_eq!(formats::read(format, LIDO.as_bytes()).value[0].name, "lido:lidoRecID");
        assert_eq!(formats::read(format, MODS.as_bytes()).value[0].name, "mods:title");
    }
    let odd = MODS.replace("http://www.loc.gov/mods/v3", "urn:x");
    let read = formats::read("mods", odd.as_bytes());
    assert_eq!(
        (read.value[0].name.as_str(), read.issues[0].code.as_str()),
        ("mods:title", "namespace_unknown")
    );
    assert_eq!(formats::read("oai_dc", odd.as_bytes()).issues[0].code, "format_unknown");
}

#[test]
fn a_known_record_inside_wrappers_is_found() {
    let wrapped = format!(
        "<d:DIDL xmlns:d='urn:didl'><d:Item><d:Statement>{LIDO}</d:Statement></d:Item></d:DIDL>"
    );
    let read = formats::read("didl", wrapped.as_bytes());
    assert_eq!(read.value[0].name, "lido:lidoRecID");
    assert_eq!(read.issues[0].code, "format_wrapped");
}

#[test]
fn values_and_fields_are_bounded() {
    let many = format!("<x xmlns='urn:x'>{}</x>", "<a>1</a>".repeat(20_000));
    let read = formats::read("raw", many.as_bytes());
    assert_eq!(read.value.len(), super::sink::MAX_FIELDS);
    assert!(read.issues.iter().any(|issue| issue.code == "fields_cut"));
    let long = format!("<x xmlns='urn:x'><a>{}</a></x>", "é".repeat(super::sink::MAX_VALUE));
    let read = formats::read("raw", long.as_bytes());
    assert!(read.value[0].value.len() <= super::sink::MAX_VALUE);
    assert!(read.issues.iter().any(|issue| issue.code == "value_cut"));
}

proptest::proptest! {
    #[test]
    fn any_tree_of_known_names_is_read(
        format in "oai_dc|lido|mods|marc21|unimarc|ead|mets|raw",
        parts in proptest::collection::vec("<(lido|descriptiveMetadata|eventWrap|eventSet|event|eventActor|actorInRole|mods|name|originInfo|dateIssued point='start'|record|leader|datafield tag='[0-9]{1,3}'|subfield code='[a-z0-9]?'|ead|archdesc|did|c0?[0-9]?|dsc|mets|dmdSec|mdWrap|xmlData|fileSec|fileGrp|file)>|[a-zé ]{0,4}|</>", 0..40),
        root in "lido xmlns='http://www.lido-schema.org'|mods xmlns='http://www.loc.gov/mods/v3'|record xmlns='http://www.loc.gov/MARC21/slim'|ead|mets|dc|x",
    ) {
        let mut open = vec![root.split(' ').next().unwrap().to_owned()];
        let mut xml = format!("<{root}>");
        for part in &parts {
            if part == "</>" {
                if open.len() > 1 {
                    xml += &format!("</{}>", open.pop().unwrap());
                }
                continue;
            }
            if let Some(tag) = part.strip_prefix('<') {
                open.push(tag.trim_end_matches('>').split(' ').next().unwrap().to_owned());
            }
            xml += part;
        }
        while let Some(name) = open.pop() {
            xml += &format!("</{name}>");
        }
        let read = formats::read(&format, xml.as_bytes());
        proptest::prop_assert!(read.value.iter().all(|field| !field.value.is_empty() && !field.name.is_empty()));
    }
}

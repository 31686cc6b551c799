use domain::meaning::Entity;
use std::io::BufRead;
fn main() {
    for l in std::io::stdin().lock().lines() {
        let l = l.unwrap();
        let m = domain::normalise::date::meanings(&l);
        let s: Vec<String> = m
            .iter()
            .map(|m| {
                if let Entity::Time(t) = &m.entity {
                    format!(
                        "{}..{} {} {} {:?}",
                        t.begin.clone().unwrap_or_default(),
                        t.end.clone().unwrap_or_default(),
                        t.edtf.clone().unwrap_or("-".into()),
                        m.rule,
                        m.confidence
                    )
                } else {
                    String::new()
                }
            })
            .collect();
        println!("{}\t{}", l, s.join(" | "));
    }
}

//! What HTTP leaves open: method, order of arguments, compression (sections 3.1.1 and 3.1.3).

use super::answer::{Answer, Ask};
use super::rule::Rule;
use super::session::{Session, Stop};

/// Compares GET with POST, orders of arguments, and compressed with plain answers.
pub(super) async fn run(s: &mut Session, id: Option<&str>) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let identify = Ask::get(&[("verb", "Identify")]);
    let list = Ask::get(&[("verb", "ListIdentifiers"), ("metadataPrefix", &prefix)]);
    let mut asks = vec![identify.clone(), list.clone()];
    if let Some(id) = id {
        asks.push(Ask::get(&[
            ("verb", "GetRecord"),
            ("identifier", id),
            ("metadataPrefix", &prefix),
        ]));
    }
    let mut plain = Vec::new();
    for ask in &asks {
        let answer = s.ask(ask.clone()).await?;
        s.expect(Rule::Identity, !is_packed(&answer), &answer.request, || {
            "compressed, although no Accept-Encoding was sent".to_owned()
        });
        let posted = s.ask(ask.clone().post()).await?;
        equal(s, Rule::Post, &answer, &posted, "by POST");
        plain.push(answer);
    }
    let reversed: Vec<Ask> = asks.iter().skip(1).map(reverse).collect();
    for (ask, answer) in reversed.into_iter().zip(plain.iter().skip(1)) {
        let other = s.ask(ask).await?;
        equal(s, Rule::ArgumentOrder, answer, &other, "in another order");
    }
    let packed = s.ask(list.clone().accepting("gzip;q=1.0, identity;q=0.5")).await?;
    let refused = s.ask(list.accepting("gzip;q=0, identity")).await?;
    s.expect(Rule::Identity, !is_packed(&refused), &refused.request, || {
        "compressed, although gzip was refused".to_owned()
    });
    let declared = s.known.compressions.iter().any(|c| c == "gzip");
    let used = is_packed(&packed);
    s.expect(Rule::CompressionDeclared, declared == used, &packed.request, || {
        let said = if declared { "names gzip" } else { "does not name gzip" };
        let done = if used { "is" } else { "is not" };
        format!("Identify {said}, and the answer {done} compressed")
    });
    if let (true, Some(answer)) = (used, plain.get(1)) {
        equal(s, Rule::Compression, answer, &packed, "compressed");
    }
    Ok(())
}

fn is_packed(answer: &Answer) -> bool {
    answer
        .reply
        .header("content-encoding")
        .is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
}

fn reverse(ask: &Ask) -> Ask {
    let mut pairs: Vec<&str> = ask.query.split('&').collect();
    pairs.reverse();
    Ask { query: pairs.join("&"), ..ask.clone() }
}

fn equal(s: &mut Session, rule: Rule, one: &Answer, other: &Answer, how: &str) {
    let good = other.root.is_some() && one.content() == other.content();
    s.expect(rule, good, &other.request, || {
        format!("{how}: {}, else: {}", other.summary(), one.summary())
    });
}

//! Periods by name: ages, reigns, regimes, dynasties. Years as handbooks of French museums give
//! them; where they agree only roughly the span is approximate.

use super::day::Day;
use super::grammar;
use super::span::{Mark, Shape, Span};
use super::token::{Kind, Token, Tokens};
use super::word::Word;
use crate::meaning::Confidence;

/// Folded name, first and last astronomical year, and whether they are rough; sorted by name.
#[rustfmt::skip]
const PERIODS: &[(&str, Option<i32>, Option<i32>, bool)] = &[
    ("abbevillien", Some(-600_000), Some(-300_000), true),
    ("acheuleen", Some(-1_700_000), Some(-150_000), true),
    ("age du bronze", Some(-2199), Some(-799), true),
    ("age du bronze ancien", Some(-2199), Some(-1599), true),
    ("age du bronze final", Some(-1349), Some(-799), true),
    ("age du bronze moyen", Some(-1599), Some(-1349), true),
    ("age du cuivre", Some(-3499), Some(-2199), true),
    ("age du fer", Some(-799), Some(-49), true),
    ("age du fer 1", Some(-799), Some(-449), true),
    ("age du fer 2", Some(-449), Some(-49), true),
    ("ages du fer", Some(-799), Some(-49), true),
    ("ancien empire", Some(-2699), Some(-2179), true),
    ("antiquite", Some(-3199), Some(476), true),
    ("antiquite tardive", Some(284), Some(600), true),
    ("art deco", Some(1919), Some(1940), true),
    ("art nouveau", Some(1890), Some(1914), true),
    ("auguste", Some(-26), Some(14), false),
    ("aurignacien", Some(-41_000), Some(-31_000), true),
    ("azilien", Some(-12_000), Some(-9499), true),
    ("bas empire", Some(284), Some(476), false),
    ("bas moyen age", Some(1300), Some(1500), true),
    ("basse epoque", Some(-663), Some(-331), false),
    ("belle epoque", Some(1879), Some(1914), false),
    ("bronze ancien", Some(-2199), Some(-1599), true),
    ("bronze final", Some(-1349), Some(-799), true),
    ("bronze moyen", Some(-1599), Some(-1349), true),
    ("byzantin", Some(330), Some(1453), false),
    ("byzantine", Some(330), Some(1453), false),
    ("campaniforme", Some(-2599), Some(-1999), true),
    ("cardial", Some(-5599), Some(-4799), true),
    ("carolingien", Some(751), Some(987), false),
    ("carolingienne", Some(751), Some(987), false),
    ("chalcolithique", Some(-3499), Some(-2199), true),
    ("charles ix", Some(1560), Some(1574), false),
    ("charles x", Some(1824), Some(1830), false),
    ("chasseen", Some(-4299), Some(-3499), true),
    ("cinq dynasties", Some(907), Some(960), false),
    ("cinquieme republique", Some(1958), None, false),
    ("claude i", Some(41), Some(54), false),
    ("consulat", Some(1799), Some(1804), false),
    ("contemporaine", Some(1789), None, false),
    ("cubisme", Some(1907), Some(1925), true),
    ("daoguang", Some(1821), Some(1850), false),
    ("deuxieme republique", Some(1848), Some(1852), false),
    ("directoire", Some(1795), Some(1799), false),
    ("edo", Some(1603), Some(1868), false),
    ("empire", Some(1804), Some(1815), false),
    ("epipaleolithique", Some(-12_000), Some(-5999), true),
    ("etrusque", Some(-799), Some(-26), true),
    ("fauvisme", Some(1904), Some(1910), true),
    ("francois i", Some(1515), Some(1547), false),
    ("francois ier", Some(1515), Some(1547), false),
    ("gallo romain", Some(-51), Some(476), true),
    ("gallo romaine", Some(-51), Some(476), true),
    ("galloromain", Some(-51), Some(476), true),
    ("gaulois", Some(-449), Some(-51), true),
    ("gravettien", Some(-31_000), Some(-22_000), true),
    ("greco romaine", Some(-331), Some(395), true),
    ("guerre 1914 1918", Some(1914), Some(1918), false),
    ("hadrien", Some(117), Some(138), false),
    ("hallstatt", Some(-799), Some(-449), true),
    ("han", Some(-205), Some(220), false),
    ("haut empire", Some(-26), Some(284), false),
    ("haut moyen age", Some(476), Some(1000), true),
    ("hellenistic", Some(-322), Some(-29), false),
    ("hellenistique", Some(-322), Some(-29), false),
    ("henri ii", Some(1547), Some(1559), false),
    ("henri iii", Some(1574), Some(1589), false),
    ("henri iv", Some(1589), Some(1610), false),
    ("ier empire", Some(1804), Some(1815), false),
    ("iie republique", Some(1848), Some(1852), false),
    ("iiie republique", Some(1870), Some(1940), false),
    ("impressionnisme", Some(1870), Some(1890), true),
    ("ive republique", Some(1946), Some(1958), false),
    ("jiajing", Some(1522), Some(1566), false),
    ("kamakura", Some(1185), Some(1333), false),
    ("kangxi", Some(1662), Some(1722), false),
    ("la tene", Some(-449), Some(-49), true),
    ("la tene finale", Some(-149), Some(-49), true),
    ("liao", Some(907), Some(1125), false),
    ("louis ix", Some(1226), Some(1270), false),
    ("louis philippe", Some(1830), Some(1848), false),
    ("louis xi", Some(1461), Some(1483), false),
    ("louis xii", Some(1498), Some(1515), false),
    ("louis xiii", Some(1610), Some(1643), false),
    ("louis xiv", Some(1643), Some(1715), false),
    ("louis xv", Some(1715), Some(1774), false),
    ("louis xvi", Some(1774), Some(1792), false),
    ("louis xviii", Some(1814), Some(1824), false),
    ("magdalenien", Some(-19_000), Some(-14_000), true),
    ("medieval", Some(476), Some(1492), true),
    ("medievale", Some(476), Some(1492), true),
    ("meiji", Some(1868), Some(1912), false),
    ("merovingien", Some(481), Some(751), false),
    ("merovingienne", Some(481), Some(751), false),
    ("mesolithique", Some(-9499), Some(-5499), true),
    ("michelsberg", Some(-4399), Some(-3499), true),
    ("middle ages", Some(476), Some(1492), true),
    ("ming", Some(1368), Some(1644), false),
    ("moderne", Some(1492), Some(1789), true),
    ("momoyama", Some(1573), Some(1603), false),
    ("monarchie de juillet", Some(1830), Some(1848), false),
    ("mousterien", Some(-300_000), Some(-35_000), true),
    ("moyen age", Some(476), Some(1492), true),
    ("moyen empire", Some(-2039), Some(-1649), true),
    ("muromachi", Some(1336), Some(1573), false),
    ("napoleon i", Some(1804), Some(1815), false),
    ("napoleon ier", Some(1804), Some(1815), false),
    ("napoleon iii", Some(1852), Some(1870), false),
    ("neo assyrian", Some(-910), Some(-608), false),
    ("neo babylonian", Some(-625), Some(-538), false),
    ("neolithique", Some(-5999), Some(-2199), true),
    ("neolithique ancien", Some(-5999), Some(-4699), true),
    ("neolithique final", Some(-3499), Some(-2199), true),
    ("neolithique moyen", Some(-4699), Some(-3499), true),
    ("neolithique recent", Some(-3499), Some(-2999), true),
    ("neron", Some(54), Some(68), false),
    ("nouvel empire", Some(-1549), Some(-1068), true),
    ("paleolithique", Some(-1_000_000), Some(-9499), true),
    ("paleolithique ancien", Some(-1_000_000), Some(-300_000), true),
    ("paleolithique inferieur", Some(-1_000_000), Some(-300_000), true),
    ("paleolithique moyen", Some(-300_000), Some(-40_000), true),
    ("paleolithique superieur", Some(-43_000), Some(-9499), true),
    ("prehistoire", None, Some(-49), true),
    ("premier age du fer", Some(-799), Some(-449), true),
    ("premier empire", Some(1804), Some(1815), false),
    ("premiere guerre mondiale", Some(1914), Some(1918), false),
    ("premiere republique", Some(1792), Some(1804), false),
    ("protohistoire", Some(-2199), Some(-49), true),
    ("ptolemaic", Some(-304), Some(-29), false),
    ("ptolemaique", Some(-304), Some(-29), false),
    ("qianlong", Some(1736), Some(1795), false),
    ("qing", Some(1644), Some(1911), false),
    ("quatrieme republique", Some(1946), Some(1958), false),
    ("ramesside", Some(-1294), Some(-1068), true),
    ("regence", Some(1715), Some(1723), false),
    ("renaissance", Some(1400), Some(1610), true),
    ("republique romaine", Some(-508), Some(-26), false),
    ("restauration", Some(1814), Some(1830), false),
    ("revolution", Some(1789), Some(1799), false),
    ("revolution francaise", Some(1789), Some(1799), false),
    ("romain imperial", Some(-26), Some(476), false),
    ("romain republicain", Some(-508), Some(-26), false),
    ("romaine imperiale", Some(-26), Some(476), false),
    ("roman imperial", Some(-26), Some(476), false),
    ("royaumes combattants", Some(-474), Some(-220), false),
    ("sassanide", Some(224), Some(651), false),
    ("second age du fer", Some(-449), Some(-49), true),
    ("second empire", Some(1852), Some(1870), false),
    ("seconde guerre mondiale", Some(1939), Some(1945), false),
    ("seconde republique", Some(1848), Some(1852), false),
    ("shang", Some(-1599), Some(-1045), true),
    ("showa", Some(1926), Some(1989), false),
    ("solutreen", Some(-22_000), Some(-19_000), true),
    ("song", Some(960), Some(1279), false),
    ("song du nord", Some(960), Some(1127), false),
    ("song du sud", Some(1127), Some(1279), false),
    ("taisho", Some(1912), Some(1926), false),
    ("tang", Some(618), Some(907), false),
    ("temps modernes", Some(1492), Some(1789), true),
    ("tene", Some(-449), Some(-49), true),
    ("tene finale", Some(-149), Some(-49), true),
    ("tene i", Some(-449), Some(-249), true),
    ("tene ii", Some(-249), Some(-149), true),
    ("tene iii", Some(-149), Some(-49), true),
    ("tibere", Some(14), Some(37), false),
    ("trajan", Some(98), Some(117), false),
    ("troisieme republique", Some(1870), Some(1940), false),
    ("ve republique", Some(1958), None, false),
    ("villanovien", Some(-899), Some(-719), true),
    ("wanli", Some(1573), Some(1620), false),
    ("xixe dynastie", Some(-1294), Some(-1185), true),
    ("xviiie dynastie", Some(-1549), Some(-1294), true),
    ("xxe dynastie", Some(-1185), Some(-1068), true),
    ("xxvie dynastie", Some(-663), Some(-524), false),
    ("yongzheng", Some(1723), Some(1735), false),
    ("yuan", Some(1271), Some(1368), false),
];

/// What surrounds a name of a period and is no part of it.
const AROUND: [&str; 14] = [
    "epoque de la ",
    "epoque de l ",
    "epoque des ",
    "epoque du ",
    "epoque de ",
    "epoque d ",
    "epoque ",
    "periode du ",
    "periode de ",
    "periode ",
    "dynastie des ",
    "dynastie ",
    "regne de ",
    "art ",
];
const BEHIND: [&str; 4] = [" period", " dynasty", " periode", " era"];

fn period(key: &str) -> Option<Span> {
    let at = PERIODS.binary_search_by(|(name, ..)| (*name).cmp(key)).ok()?;
    let (_, lo, hi, rough) = *PERIODS.get(at)?;
    let mark = Mark { approximate: rough, uncertain: false };
    let end = |year: Option<i32>| year.map(|year| (Day::of_year(year), mark));
    let shape = Shape::Range { lo: end(lo), hi: end(hi), unknown: false };
    Some(Span { shape, rule: "period", confidence: Confidence::Probable })
}

fn named(key: &str) -> Option<Span> {
    period(key).or_else(|| {
        let inner = AROUND
            .iter()
            .find_map(|before| key.strip_prefix(before))
            .or_else(|| BEHIND.iter().find_map(|behind| key.strip_suffix(behind)))?;
        period(inner)
    })
}

/// Reads a text that names a period; years that stand in parentheses behind it are its years.
pub(super) fn read(tokens: &Tokens) -> Option<Span> {
    let list = tokens.list();
    let open = list.iter().position(|token| token.kind == Kind::Open);
    let known = tokens.key().and_then(named);
    let outside = list.get(..open.unwrap_or(list.len()))?;
    // `Louis XV, Louis XVI`: two names are not one.
    let plain = |token: &Token| !matches!(token.kind, Kind::Comma | Kind::Semicolon | Kind::Slash);
    let known = known.filter(|_| outside.iter().all(plain));
    let Some(open) = open else { return known };
    let inside = match list.get(open + 1..)? {
        [inside @ .., close] if close.kind == Kind::Close => inside,
        _ => return None,
    };
    if inside.is_empty()
        || inside.iter().any(|token| matches!(token.kind, Kind::Open | Kind::Close))
    {
        return None;
    }
    let said = |token: &Token| {
        matches!(token.kind, Kind::Question | Kind::Word(Word::Remark | Word::Maybe | Word::Noise))
    };
    if inside.iter().all(said) {
        let doubt = inside
            .iter()
            .any(|token| matches!(token.kind, Kind::Question | Kind::Word(Word::Maybe)));
        return known.map(|mut span| {
            if let Shape::Range { lo, hi, .. } = &mut span.shape {
                for (_, mark) in [lo, hi].into_iter().flatten() {
                    mark.uncertain |= doubt;
                }
            }
            span
        });
    }
    let is_period =
        known.is_some() || outside.iter().any(|token| token.kind == Kind::Word(Word::Epoch));
    let years = grammar::read(inside).filter(|spans| is_period && spans.len() == 1)?;
    let years = years.iter().next().copied()?;
    // Years far from those of the period are of something else.
    if known.is_some_and(|known| !known.touches(&years)) {
        return None;
    }
    Some(Span { rule: "period_years", confidence: Confidence::Probable, ..years })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_no_period_ends_before_it_begins() {
        assert!(PERIODS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, lo, hi, _) in PERIODS {
            assert!(lo.is_none() || hi.is_none() || lo < hi, "{name}");
            assert!(lo.is_some() || hi.is_some(), "{name}");
        }
    }
}

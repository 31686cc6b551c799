//! Some milliseconds of computing, spread over the cores: one client that reads a list alone waits
//! half as long for a page. Many clients at once lose nothing by it.

use tokio::task::JoinError;

/// Parts that a list is cut into at most: more than one page keeps busy are no help.
const MOST_PARTS: usize = 4;

/// Does `work` on parts of a list at the same time, at least `least` items each, and gives what
/// came of them in the order of the list. A list too short to be cut is worked on here.
///
/// # Errors
/// [`JoinError`] when the work panics in another task.
pub async fn in_parts<T, R>(
    mut items: Vec<T>,
    least: usize,
    work: impl Fn(Vec<T>) -> Vec<R> + Clone + Send + 'static,
) -> Result<Vec<R>, JoinError>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts = (items.len() / least.max(1)).min(cores).clamp(1, MOST_PARTS);
    let size = items.len().div_ceil(parts).max(1);
    let mut others = Vec::with_capacity(parts);
    // From the end, so that each cut moves only what goes away.
    while items.len() > size {
        let part = items.split_off((items.len() - 1) / size * size);
        let work = work.clone();
        others.push(tokio::spawn(async move { work(part) }));
    }
    let mut done = work(items);
    for other in others.into_iter().rev() {
        done.extend(other.await?);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::in_parts;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_order_of_a_list_stays_however_it_is_cut() {
        for length in [0, 1, 7, 8, 9, 100, 101] {
            for least in [0, 1, 4, 1000] {
                let items: Vec<usize> = (0..length).collect();
                let doubled = |part: Vec<usize>| part.into_iter().map(|n| n * 2).collect();
                let done = in_parts(items, least, doubled).await.expect("no panic");
                assert_eq!(done, (0..length).map(|n| n * 2).collect::<Vec<_>>());
            }
        }
    }
}

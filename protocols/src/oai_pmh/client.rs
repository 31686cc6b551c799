//! The harvester side: [`page`] reads one answer record by record, [`harvest`] is the state
//! machine of ListRecords with resumption, [`mask`] takes confidential elements out of a page,
//! [`scan`] finds tags in text that need not be well-formed.

pub mod guard;
pub mod harvest;
pub mod mask;
pub mod page;
mod scan;

pub use harvest::{
    AbsenceCheck, Completion, Gap, Harvest, HarvestPlan, Limits, Reason, ReasonCode, Received,
    Spent, Step, Unanswered, Unit, Verdict,
};
pub use page::{BrokenRecord, HarvestedRecord, Page, Repository, ResumptionInfo, Shape};

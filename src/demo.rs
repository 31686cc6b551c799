//! The demo: samples, pictures and an OAI-PMH partner, all made by the project.
//!
//! `passerelle demo` unpacks the samples of the program into its data folder, draws the pictures,
//! serves the partner on a second port and then does what any installation does.

pub mod images;
pub mod partner;
pub mod samples;

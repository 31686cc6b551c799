//! OAI-PMH 2.0, both sides.

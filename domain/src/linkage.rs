//! Record linkage, pure part: certain keys to clusters.

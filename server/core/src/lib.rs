//! Every rule and every permission: who may do what, in which order, and when.
//! Leaves wire formats to `keywright-api`, and what is kept to `keywright-store`.

pub mod decide;
pub mod keyring;
pub mod runtime;
pub mod token;

#[cfg(test)]
mod tests {
    #[test]
    fn no_runtime_no_http_and_no_sql_is_named_from_here_down() {
        let manifests = [
            include_str!("../Cargo.toml"),
            include_str!("../../store/Cargo.toml"),
            include_str!("../../model/Cargo.toml"),
        ];
        for manifest in manifests {
            for unwanted in ["tokio", "axum", "hyper", "reqwest", "rusqlite", "utoipa"] {
                assert!(!manifest.contains(unwanted), "{unwanted}");
            }
        }
    }
}

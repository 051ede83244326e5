//! Owns nothing by hand: each module is written by `cargo xtask sdk`.

/// Declares the generated modules, all with the same exceptions.
macro_rules! generated {
    ($($contract:ident)*) => {$(
        #[expect(
            missing_docs,
            clippy::pedantic,
            clippy::unwrap_used,
            unused_qualifications,
            reason = "the generator documents what its document describes, and lints nothing"
        )]
        pub(crate) mod $contract;
    )*};
}

generated!(client_keys control named_keys organization_key user_key);

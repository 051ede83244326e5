//! The digest of a server's certificate to which a login is bound: `tls-server-end-point`, RFC 5929 section 4.1.
//! Leaves the login itself to tokio-postgres.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

/// The identifiers of signature algorithms, as they are encoded, and the digest that goes with each. MD5 and SHA-1 are
/// replaced by SHA-256, as the RFC says. Without a digest of its own, like Ed25519, a signature binds nothing.
const ALGORITHMS: [(&[u8], &Algorithm); 9] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], &SHA256), // ecdsa-with-SHA1
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], &SHA256), // ecdsa-with-SHA256
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], &SHA384), // ecdsa-with-SHA384
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], &SHA512), // ecdsa-with-SHA512
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04],
        &SHA256,
    ), // md5WithRSAEncryption
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05],
        &SHA256,
    ), // sha1WithRSAEncryption
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
        &SHA256,
    ), // sha256WithRSAEncryption
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c],
        &SHA384,
    ), // sha384WithRSAEncryption
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d],
        &SHA512,
    ), // sha512WithRSAEncryption
];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// The digest of a certificate in DER; `None` if the way it is signed has none.
pub(crate) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (whole, _) = element(certificate, SEQUENCE)?;
    let (_, behind) = element(whole, SEQUENCE)?;
    let (signature, _) = element(behind, SEQUENCE)?;
    let (identifier, _) = element(signature, OBJECT_IDENTIFIER)?;
    let known = ALGORITHMS.iter().find(|(known, _)| *known == identifier);
    known.map(|(_, algorithm)| digest(algorithm, certificate).as_ref().to_vec())
}

/// The content of the first element of some DER, which must have this tag, and what comes behind it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (len, rest) = rest.split_first()?;
    let (len, rest) = match len {
        0..=0x7f => (usize::from(*len), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(len & 0x7f))?;
            let len = digits
                .iter()
                .fold(0, |len, digit| len << 8 | usize::from(*digit));
            (len, rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(len))?
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    fn certificate(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let parameters = CertificateParams::new(["db.example".to_owned()]).unwrap();
        parameters.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_login_is_bound_to_the_digest_that_the_signature_uses() {
        for (signature, algorithm) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, &SHA256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, &SHA384),
        ] {
            let certificate = certificate(signature);
            let expected = digest(algorithm, &certificate).as_ref().to_vec();
            assert_eq!(end_point(&certificate), Some(expected));
        }
        assert_eq!(end_point(&certificate(&rcgen::PKCS_ED25519)), None);
    }

    #[test]
    fn what_is_no_certificate_binds_nothing() {
        let certificate = certificate(&rcgen::PKCS_ECDSA_P256_SHA256);
        for len in 0..certificate.len().min(400) {
            assert_eq!(end_point(&certificate[..len]), None, "{len}");
        }
        assert_eq!(end_point(&[0x30, 0x80, 0, 0]), None);
    }
}

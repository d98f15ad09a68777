//! TLS to PostgreSQL, by rustls with aws-lc.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::{Code, Error, Result};

/// A client that holds the server's certificate against the authorities in the PEM file `root`, or the platform's, when
/// `verify`; otherwise one that takes any certificate, as libpq's `sslmode=require` does: private to listeners, open to
/// whoever sits in between.
pub(super) fn client(verify: bool, root: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    if let Some(file) = root.filter(|_| verify) {
        return Ok(builder.with_root_certificates(authorities(file)?).with_no_client_auth());
    }
    if verify {
        return Ok(builder.with_platform_verifier().map_err(Error::internal)?.with_no_client_auth());
    }
    let any = Arc::new(AnyCertificate { provider });
    Ok(builder.dangerous().with_custom_certificate_verifier(any).with_no_client_auth())
}

fn authorities(file: &Path) -> Result<RootCertStore> {
    let fault = |says: String| {
        let shown = file.display();
        Error::new(
            Code::Config,
            format!("The authorities' certificates in {shown} cannot be used: {says}; name a PEM file."),
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| fault(e.to_string()))? {
        roots.add(certificate.map_err(|e| fault(e.to_string()))?).map_err(|e| fault(e.to_string()))?;
    }
    if roots.is_empty() { Err(fault("it has none".to_owned())) } else { Ok(roots) }
}

#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

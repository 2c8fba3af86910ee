//! Encrypts and decrypts content, and protects what stands beside it (RFC7518 §5).

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac, rand};

use crate::ContentEncryption;

/// What an encryption brings forth.
pub(crate) struct Sealed {
    pub(crate) iv: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

/// Encrypts, with a new initialization vector.
pub(crate) fn seal(
    method: ContentEncryption,
    key: &[u8],
    beside: &[u8],
    plain: &[u8],
) -> Option<Sealed> {
    let mut text = plain.to_vec();
    if let Some(key) = gcm(method, key) {
        let iv = random::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(iv);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(beside), &mut text).ok()?;
        return Some(Sealed { iv: iv.to_vec(), text, tag: tag.as_ref().to_vec() });
    }
    let halves = Halves::of(method, key)?;
    let iv = random::<16>()?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(halves.cipher()?).ok()?;
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher.less_safe_encrypt(&mut text, context).ok()?;
    let tag = halves.tag(beside, &iv, &text);
    Some(Sealed { iv: iv.to_vec(), text, tag })
}

/// Decrypts what is not changed.
pub(crate) fn open(
    method: ContentEncryption,
    key: &[u8],
    beside: &[u8],
    sealed: Sealed,
) -> Option<Vec<u8>> {
    let Sealed { iv, mut text, tag } = sealed;
    if let Some(key) = gcm(method, key) {
        let nonce = Nonce::try_assume_unique_for_key(&iv).ok()?;
        text.extend(tag);
        return Some(key.open_in_place(nonce, Aad::from(beside), &mut text).ok()?.to_vec());
    }
    let halves = Halves::of(method, key)?;
    constant_time::verify_slices_are_equal(&halves.tag(beside, &iv, &text), &tag).ok()?;
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(halves.cipher()?).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::try_from(&iv[..]).ok()?);
    Some(cipher.decrypt(&mut text, context).ok()?.to_vec())
}

/// The key for GCM, if that is the method.
fn gcm(method: ContentEncryption, key: &[u8]) -> Option<LessSafeKey> {
    let algorithm = match method {
        ContentEncryption::A128Gcm => &AES_128_GCM,
        ContentEncryption::A256Gcm => &AES_256_GCM,
        ContentEncryption::A128CbcHs256 | ContentEncryption::A256CbcHs512 => return None,
    };
    Some(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?))
}

/// The key for CBC, whose halves are for two purposes (RFC7518 §5.2.2.1).
struct Halves<'a> {
    for_hmac: &'a [u8],
    for_cipher: &'a [u8],
    is_long: bool,
}

impl<'a> Halves<'a> {
    fn of(method: ContentEncryption, key: &'a [u8]) -> Option<Self> {
        let (for_hmac, for_cipher) = key.split_at_checked(method.key_length() / 2)?;
        Some(Self { for_hmac, for_cipher, is_long: method == ContentEncryption::A256CbcHs512 })
    }

    fn cipher(&self) -> Option<UnboundCipherKey> {
        let algorithm = if self.is_long { &AES_256 } else { &AES_128 };
        UnboundCipherKey::new(algorithm, self.for_cipher).ok()
    }

    /// The first half of the HMAC.
    fn tag(&self, beside: &[u8], iv: &[u8], text: &[u8]) -> Vec<u8> {
        let algorithm = if self.is_long { hmac::HMAC_SHA512 } else { hmac::HMAC_SHA256 };
        let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, self.for_hmac));
        // Its length in bits. A header has far fewer than 2^61 bytes.
        let bits = (beside.len() as u64 * 8).to_be_bytes();
        [beside, iv, text, &bits].into_iter().for_each(|part| context.update(part));
        let whole = context.sign();
        whole.as_ref()[..whole.as_ref().len() / 2].to_vec()
    }
}

pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).ok()?;
    Some(bytes)
}

//! Reads the tensors of a safetensors file as `f32`.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// A tensor by name, as numbers; `None` if absent.
///
/// # Errors
/// A sentence, if the tensor holds a type of number that is not supported.
pub(super) fn numbers(file: &SafeTensors<'_>, name: &str) -> Result<Option<Vec<f32>>, String> {
    let Ok(tensor) = file.tensor(name) else { return Ok(None) };
    decode(&tensor).map(Some).ok_or_else(|| format!("tensor {name} holds {:?}, which is not read", tensor.dtype()))
}

fn decode(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    let values = match tensor.dtype() {
        Dtype::I8 => bytes.iter().map(|&byte| f32::from(byte as i8)).collect(),
        Dtype::F32 => words(bytes).map(f32::from_le_bytes).collect(),
        Dtype::F64 => words(bytes).map(|word| f64::from_le_bytes(word) as f32).collect(),
        Dtype::I32 => words(bytes).map(|word| i32::from_le_bytes(word) as f32).collect(),
        Dtype::I64 => words(bytes).map(|word| i64::from_le_bytes(word) as f32).collect(),
        Dtype::BF16 => words(bytes).map(|word| f32::from_bits(u32::from(u16::from_le_bytes(word)) << 16)).collect(),
        Dtype::F16 => words(bytes).map(|word| half_to_f32(u16::from_le_bytes(word))).collect(),
        _ => return None,
    };
    Some(values)
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.chunks_exact(N).filter_map(|word| word.try_into().ok())
}

/// Converts IEEE 754 half precision to single.
fn half_to_f32(half: u16) -> f32 {
    let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(half >> 10 & 0x1f);
    let fraction = f32::from(half & 0x3ff) / 1024.0;
    match exponent {
        0 => sign * fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::half_to_f32;

    #[test]
    fn half_precision_is_read() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)];
        for (half, single) in known {
            assert_eq!(half_to_f32(half), single, "{half:#x}");
        }
    }
}

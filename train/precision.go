package train

import (
	"fmt"

	"cocostat/train/torchx"
)

// What convolutions multiply in training. Their sums, parameters, optimiser,
// normalisations and losses are float32 in each case, and so is all of an evaluation.
const (
	PrecisionFloat32  = "float32"
	PrecisionTF32     = "tf32"     // of CUDA devices: float32 with 10 bits of the fraction
	PrecisionBFloat16 = "bfloat16" // 7 bits of the fraction; maps are rounded to it as well
)

// Precisions are the values of Config.Precision.
var Precisions = []string{PrecisionFloat32, PrecisionTF32, PrecisionBFloat16}

// convolutions is the precision as torchx has it.
func (c Config) convolutions() torchx.Precision {
	switch c.Precision {
	case PrecisionTF32:
		return torchx.TF32
	case PrecisionBFloat16:
		return torchx.BFloat16
	}
	return torchx.Float32
}

func (c Config) validatePrecision() error {
	switch c.Precision {
	case "", PrecisionFloat32, PrecisionBFloat16:
		return nil
	case PrecisionTF32:
		if c.Device == "cpu" {
			return fmt.Errorf("train: the precision %s is one of CUDA devices: use --device cuda, or on the CPU %s or %s", PrecisionTF32, PrecisionFloat32, PrecisionBFloat16)
		}
		return nil
	}
	return fmt.Errorf("train: unknown precision %q: use %s, %s or %s", c.Precision, PrecisionFloat32, PrecisionTF32, PrecisionBFloat16)
}

// precisionNote says that a precision gains nothing here; "" if it may.
func (c Config) precisionNote() string {
	switch {
	case c.Precision != PrecisionBFloat16 || c.Device != "cpu":
		return ""
	case torchx.BFloat16Here():
		return "the precision bfloat16 saves no time on the CPU"
	}
	return "the precision bfloat16: this processor does not multiply it by itself (AVX512-BF16), so that a step takes several times as long as in float32"
}

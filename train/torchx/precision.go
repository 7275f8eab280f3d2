package torchx

// #include "native/torchx.h"
import "C"

// Precision says what convolutions multiply. Their sums are float32, and so are
// parameters, gradients of parameters, normalisations and losses, whatever it is.
type Precision int

const (
	Float32  Precision = iota
	TF32               // float32 whose factors a GPU rounds to 10 bits of the fraction; on a CPU Float32
	BFloat16           // 7 bits of the fraction; maps between convolutions are rounded as well
)

// UsePrecision chooses the precision of all convolutions to come, and of the way back
// through them, and returns what restores the choice before. At first it is Float32.
func UsePrecision(p Precision) (restore func()) {
	var before, ignored C.int32_t
	must("use precision", C.tx_use_precision(C.int32_t(p), &before))
	return func() { must("use precision", C.tx_use_precision(before, &ignored)) }
}

// AtLeastTF32 runs body with convolutions that round to TF32 at most.
func AtLeastTF32(body func()) {
	var before, ignored C.int32_t
	must("use precision", C.tx_use_precision(C.int32_t(TF32), &before))
	if Precision(before) != BFloat16 {
		must("use precision", C.tx_use_precision(before, &ignored))
	}
	defer func() { must("use precision", C.tx_use_precision(before, &ignored)) }()
	body()
}

// BFloat16Here reports whether this machine's processor multiplies bfloat16 by itself
// (AVX512-BF16). Elsewhere it takes more time than float32.
func BFloat16Here() bool { return C.tx_bfloat16_here() != 0 }

// Package nullable has numbers that may be missing, which JSON writes as null.
package nullable

import (
	"bytes"
	"encoding/json"
	"math"
)

// Float is a number; NaN and the infinities stand for none.
type Float float64

// MarshalJSON writes null for none.
func (f Float) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads null as NaN.
func (f *Float) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(f))
}

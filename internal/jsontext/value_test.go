package jsontext

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"

	"cocostat/internal/jsontext/jsontest"
)

// Integers are those of big.Rat, floats those of strconv.
func TestNumberValues(t *testing.T) {
	for _, text := range jsontest.Numbers() {
		if !IsNumber([]byte(text)) {
			t.Fatalf("%s is no number", text)
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		wantOK := exact.IsInt() && exact.Num().IsInt64()
		got, gotOK := Integer([]byte(text))
		if gotOK != wantOK || wantOK && got != exact.Num().Int64() {
			t.Errorf("Integer(%s) = %d, %v; want %s, %v", text, got, gotOK, exact, wantOK)
		}
		want, err := strconv.ParseFloat(text, 64)
		f, fOK := Float([]byte(text))
		if fOK != (err == nil) || fOK && f != want {
			t.Errorf("Float(%s) = %v, %v; want %v, %v", text, f, fOK, want, err)
		}
	}
	for _, huge := range []string{"1e999999999999999999999", "1e-999999999999999999999", "-123e99999999999"} {
		if v, ok := Integer([]byte(huge)); ok {
			t.Errorf("Integer(%s) = %d", huge, v)
		}
	}
}

var leadingZeros = regexp.MustCompile(`^-?0[0-9]+(\.[0-9]+)?$`)

// IsNumber agrees with encoding/json, except for leading zeros.
func TestIsNumber(t *testing.T) {
	for _, s := range jsontest.Values() {
		var n json.Number
		want := json.Unmarshal([]byte(s), &n) == nil && s != "null" && s != "" && s[0] != '"' && s[0] != ' ' && s[0] != '\t' && s[len(s)-1] != ' '
		want = want || leadingZeros.MatchString(s)
		if got := IsNumber([]byte(s)); got != want {
			t.Errorf("IsNumber(%q) = %v", s, got)
		}
	}
}

// Whole numbers of every length, with whatever stands behind them.
func TestPlainIntegers(t *testing.T) {
	for _, text := range jsontest.Numbers() {
		for _, behind := range []string{",", "}", " }", "]"} {
			v, end := PlainInteger(append([]byte(text+behind), make([]byte, Padding)...), 0)
			if end == 0 {
				continue
			}
			if want, err := strconv.ParseInt(text, 10, 64); err != nil || v != want || end != len(text) {
				t.Fatalf("PlainInteger(%q) = %d, %d", text+behind, v, end)
			}
		}
	}
	for n := int64(1); n < 1e15; n *= 10 {
		text := fmt.Sprint(n)
		if v, end := PlainInteger(append([]byte(text+","), make([]byte, Padding)...), 0); end != len(text) || v != n {
			t.Errorf("PlainInteger(%q) = %d, %d", text, v, end)
		}
	}
}

// Plain numbers of every length have the float64 that strconv gives.
func TestPlainFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	texts := append(jsontest.Numbers(), "0.0", "9999999.999999999999999", "0.000000000000001", "9007199.254740993", "9.007199254740993", "1.100000000000001",
		"1844674.4073709551615", "1844674.4073709551616", "184467.40737095516159", "1.8446744073709551616", "-0", "-0.0", "-1", "-12.5", "-",
		"0.0000000000000000001", "0.00000000000000000001", "0.1234567890123456789", "0.12345678901234567890")
	for range 200000 {
		whole := fmt.Sprint(r.Uint64N(1e7) >> r.IntN(24))
		if r.IntN(4) == 0 {
			whole = "-" + whole
		}
		digits := fmt.Sprintf("%019d", r.Uint64N(1e19))
		texts = append(texts, whole+"."+digits[:1+r.IntN(19)])
	}
	read := 0
	for _, text := range texts {
		f, end := plainFloat(append([]byte(text+","), make([]byte, Padding)...), 0)
		if end == 0 {
			continue
		}
		read++
		if want, err := strconv.ParseFloat(text[:end], 64); err != nil || math.Float64bits(f) != math.Float64bits(want) {
			t.Fatalf("plainFloat(%q) = %v, want %v", text[:end], f, want)
		}
	}
	if read < 150000 {
		t.Errorf("only %d of %d numbers were plain", read, len(texts))
	}
}

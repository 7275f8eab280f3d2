package annotations

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// numberTexts are numbers in many ways of writing, and random ones.
func numberTexts() []string {
	texts := []string{"0", "-0", "7", "-7", "10", "1234567", "12345678", "7.0", "7.5", "70e-1", "0.7e1", "7e0", "7E+2", "700e-2", "701e-2", "0e999", "0.000e-5",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9.223372036854775807e18", "9223372036854775807.0",
		"9223372036854775807.5", "92233720368547758070e-1", "922337203685477580700e-2", "18446744073709551615", "18446744073709551616", "1e18", "1e19", "-1e18",
		"0.1", "1.7976931348623157e308", "1e309", "5e-324", "1e-400", "123456789012345678", "1234567890123456789", "12345678901234567890", "0.12345678901234567890123",
		"2765.1486500000005", "9007199254740993", "9007199254740993e22", "1e22", "1e23", "123e-22", "123e-23", "100000000000000000000000000000000000000e-38"}
	r := rand.New(rand.NewPCG(1, 6))
	for range 20000 {
		s := fmt.Sprint(r.Int64() >> r.IntN(64))
		if r.IntN(2) == 0 {
			s += "." + fmt.Sprint(r.Uint64()>>r.IntN(64))
		}
		if r.IntN(3) == 0 {
			s += fmt.Sprintf("e%d", r.IntN(50)-25)
		}
		texts = append(texts, s)
	}
	return texts
}

// Integers are those of big.Rat, floats those of strconv.
func TestNumberValues(t *testing.T) {
	for _, text := range numberTexts() {
		if !isNumber([]byte(text)) {
			t.Fatalf("%s is no number", text)
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		wantOK := exact.IsInt() && exact.Num().IsInt64()
		got, gotOK := integer([]byte(text))
		if gotOK != wantOK || wantOK && got != exact.Num().Int64() {
			t.Errorf("integer(%s) = %d, %v; want %s, %v", text, got, gotOK, exact, wantOK)
		}
		want, err := strconv.ParseFloat(text, 64)
		f, fOK := float([]byte(text))
		if fOK != (err == nil) || fOK && f != want {
			t.Errorf("float(%s) = %v, %v; want %v, %v", text, f, fOK, want, err)
		}
	}
	for _, huge := range []string{"1e999999999999999999999", "1e-999999999999999999999", "-123e99999999999"} {
		if v, ok := integer([]byte(huge)); ok {
			t.Errorf("integer(%s) = %d", huge, v)
		}
	}
}

var leadingZeros = regexp.MustCompile(`^-?0[0-9]+(\.[0-9]+)?$`)

// isNumber agrees with encoding/json, except for leading zeros.
func TestIsNumber(t *testing.T) {
	for _, s := range syntaxCases() {
		var n json.Number
		want := json.Unmarshal([]byte(s), &n) == nil && s != "null" && s != "" && s[0] != '"' && s[0] != ' ' && s[0] != '\t' && s[len(s)-1] != ' '
		want = want || leadingZeros.MatchString(s)
		if got := isNumber([]byte(s)); got != want {
			t.Errorf("isNumber(%q) = %v", s, got)
		}
	}
}

// Identifiers of every length, with whatever stands behind them.
func TestPlainIntegers(t *testing.T) {
	for _, text := range numberTexts() {
		for _, behind := range []string{",", "}", " }", "]"} {
			v, size := integerAt(append([]byte(text+behind), make([]byte, padding)...), 0)
			if size == 0 {
				continue
			}
			if want, err := strconv.ParseInt(text, 10, 64); err != nil || v != want || size != len(text) {
				t.Fatalf("integerAt(%q) = %d, %d", text+behind, v, size)
			}
		}
	}
	for n := int64(1); n < 1e15; n *= 10 {
		text := fmt.Sprint(n)
		if v, size := integerAt(append([]byte(text+","), make([]byte, padding)...), 0); size != len(text) || v != n {
			t.Errorf("integerAt(%q) = %d, %d", text, v, size)
		}
	}
}

// Plain numbers of every length have the float64 that strconv gives.
func TestPlainFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	texts := append(numberTexts(), "0.0", "9999999.999999999999999", "0.000000000000001", "9007199.254740993", "9.007199254740993", "1.100000000000001",
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
		f, end := plainFloat(append([]byte(text+","), make([]byte, padding)...), 0)
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

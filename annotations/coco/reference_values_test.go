package coco

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"cocostat/annotations"
)

// refNumber returns a number, or the number in a string.
func refNumber(raw json.RawMessage) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case json.Number:
		return v.String(), true
	case string:
		// Numbers in strings may have leading zeros.
		sign, digits := "", v
		if rest, ok := strings.CutPrefix(v, "-"); ok {
			sign, digits = "-", rest
		}
		trimmed := strings.TrimLeft(digits, "0")
		if trimmed != digits && (trimmed == "" || trimmed[0] < '0' || trimmed[0] > '9') {
			trimmed = "0" + trimmed
		}
		text := sign + trimmed
		if !json.Valid([]byte(text)) || strings.TrimSpace(text) != text || bytes.ContainsRune(raw, '\\') {
			return "", false
		}
		_, err := strconv.ParseFloat(text, 64)
		return text, err == nil || strings.Contains(err.Error(), "range")
	}
	return "", false
}

func refFloat(raw json.RawMessage) (float64, bool) {
	text, ok := refNumber(raw)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// idList counts the odd identifiers of a list, up to one that cannot be read.
func (r *reference) idList(raw json.RawMessage) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, id := range list {
		if _, ok := r.refID(id); !ok {
			return
		}
	}
}

// refID returns an identifier: an integer, or for a text that is none the
// number that begins with a set bit and goes on with the text's SHA-256.
func (r *reference) refID(raw json.RawMessage) (int64, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		if id, ok := refInteger(raw); ok {
			return id, true
		}
		return r.longID(raw)
	}
	plain, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	if id, ok := refInteger(plain); ok {
		r.problems[annotations.StringID]++
		return id, true
	}
	if text == "" {
		return 0, false
	}
	if id, ok := r.longID(plain); ok {
		return id, true
	}
	return r.textID(text), true
}

// longID returns the identifier of an integer beyond 64 bits, that of its digits.
func (r *reference) longID(raw json.RawMessage) (int64, bool) {
	text, ok := refNumber(raw)
	if !ok {
		return 0, false
	}
	rat, ok := new(big.Rat).SetString(text)
	if !ok || !rat.IsInt() || len(strings.TrimPrefix(rat.Num().String(), "-")) > maxDigits {
		return 0, false
	}
	return r.textID(rat.Num().String()), true
}

func (r *reference) textID(text string) int64 {
	r.problems[annotations.TextID]++
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16]
	bits, err := strconv.ParseUint(sum, 16, 64)
	if err != nil {
		panic(err)
	}
	return int64(bits%(1<<63)) - 1<<62 - 1<<62
}

func refInteger(raw json.RawMessage) (int64, bool) {
	text, ok := refNumber(raw)
	if !ok {
		return 0, false
	}
	rat, ok := new(big.Rat).SetString(text)
	if !ok || !rat.IsInt() || !rat.Num().IsInt64() {
		return 0, false
	}
	return rat.Num().Int64(), true
}

func refPixels(raw json.RawMessage) int32 {
	f, ok := refFloat(raw)
	if !ok || f < 0 || f > 1<<31-1 {
		return 0
	}
	return int32(f)
}

func refString(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func refCrowd(raw json.RawMessage) bool {
	if string(raw) == "true" {
		return true
	}
	text, ok := refNumber(raw)
	f, err := strconv.ParseFloat(text, 64)
	return ok && err == nil && f != 0
}

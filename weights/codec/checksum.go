package codec

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// checksumKey is the key of the metadata that holds the checksum of all other
// metadata and of the columns.
const checksumKey = "checksum"

// checksumPrefix begins its value; the hexadecimal digits of SHA-256 follow.
const checksumPrefix = "sha256:"

// signed returns the JSON of metadata with the checksum of it and of the n rows
// of the columns.
func signed(metadata any, columns []column, n int) (json.RawMessage, error) {
	text, err := marshal(metadata)
	if err != nil {
		return nil, err
	}
	sum, err := checksum(text, columns, n)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(text[:len(text)-1], ",%q:%q}", checksumKey, sum), nil
}

// verify compares a table with the checksum in the text of its metadata. Files
// of earlier versions have none, but all of the keys: without one of these, the
// checksum is missing because the metadata are damaged.
func verify(text string, columns []column, n int, keys ...string) error {
	var given struct{ Checksum *string }
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return err
	}
	if given.Checksum == nil {
		return requireKeys(text, keys)
	}
	sum, err := checksum([]byte(text), columns, n)
	if err != nil {
		return err
	}
	if *given.Checksum != sum {
		return fmt.Errorf("metadata key %q: the checksum is %.20q, that of the content %.20q: the file is damaged or was changed; whoever changed it on purpose takes the key %[1]q with its value out of the metadata", checksumKey, *given.Checksum, sum)
	}
	return nil
}

func requireKeys(text string, keys []string) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return err
	}
	for _, key := range keys {
		if _, has := given[key]; !has {
			return fmt.Errorf("metadata key %q lacks %q", weights.MetadataKey, key)
		}
	}
	return nil
}

// checksum returns the checksum of metadata and of columns of n rows, as
// docs/weights-file.md defines it.
func checksum(text []byte, columns []column, n int) (string, error) {
	var metadata map[string]any
	if err := json.Unmarshal(text, &metadata); err != nil {
		return "", err
	}
	delete(metadata, checksumKey)
	h := summer{Hash: sha256.New()}
	if err := h.value(metadata, 0); err != nil {
		return "", err
	}
	ordered := slices.Clone(columns)
	slices.SortFunc(ordered, func(a, b column) int { return cmp.Compare(a.field.Name, b.field.Name) })
	for _, c := range ordered {
		h.column(c, n)
	}
	h.flush()
	return checksumPrefix + hex.EncodeToString(h.Sum(nil)), nil
}

// summer feeds a hash in large pieces.
type summer struct {
	hash.Hash
	b []byte
}

func (h *summer) flush() {
	h.Write(h.b)
	h.b = h.b[:0]
}

// put appends, and feeds the hash when there is enough.
func (h *summer) put(b []byte) {
	if h.b = b; len(h.b) >= 1<<15 {
		h.flush()
	}
}

// value adds a value of JSON: its kind in a letter, then its content.
func (h *summer) value(v any, depth int) error {
	const deepest = 32
	if depth > deepest {
		return errors.New("the metadata are nested too deep")
	}
	switch v := v.(type) {
	case nil:
		h.put(append(h.b, 'n'))
	case bool:
		h.put(append(h.b, map[bool]byte{false: 'f', true: 't'}[v]))
	case float64:
		h.put(binary.LittleEndian.AppendUint64(append(h.b, 'd'), math.Float64bits(v)))
	case string:
		h.put(appendText(append(h.b, 's'), v))
	case []any:
		h.put(binary.LittleEndian.AppendUint64(append(h.b, 'a'), uint64(len(v))))
		for _, element := range v {
			if err := h.value(element, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		h.put(binary.LittleEndian.AppendUint64(append(h.b, 'o'), uint64(len(v))))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			h.put(appendText(append(h.b, 's'), key))
			if err := h.value(v[key], depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// column adds a column: name, type, number of values, a byte for each value
// that is 0 where it is null, and the values.
func (h *summer) column(c column, n int) {
	h.put(appendText(append(h.b, 's'), c.field.Name))
	h.put(appendText(append(h.b, 's'), c.field.Type.String()))
	h.put(binary.LittleEndian.AppendUint64(h.b, uint64(n)))
	if c.null == nil {
		for left := n; left > 0; left -= min(left, len(allThere)) {
			h.put(append(h.b, allThere[:min(left, len(allThere))]...))
		}
	} else {
		for i := range n {
			h.put(append(h.b, boolByte(!c.null(i))))
		}
	}
	for i := range n {
		h.put(c.appendSum(h.b, i))
	}
}

// allThere are the flags of values that are not null.
var allThere = bytes.Repeat([]byte{1}, 1<<12)

// appendText appends the length of a text in bytes, and the text.
func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// appendSum appends value i, as the checksum has it; a null is 0.
func (c *column) appendSum(b []byte, i int) []byte {
	null := c.null != nil && c.null(i)
	switch c.field.Type.ID() {
	case arrow.STRING:
		return appendText(b, c.text(i))
	case arrow.FLOAT64:
		if null {
			return binary.LittleEndian.AppendUint64(b, 0)
		}
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(c.float(i)))
	case arrow.INT32:
		return binary.LittleEndian.AppendUint32(b, uint32(c.whole(i)))
	}
	return binary.LittleEndian.AppendUint64(b, uint64(c.whole(i)))
}

// mostMetadata is the number of values that metadata may have; the files of a
// dataset in 10,000 shards have 60,000.
const mostMetadata = 1 << 19

// checkMetadata refuses metadata that would take more memory than a file may.
func checkMetadata(text string) error {
	n := 0
	for _, mark := range []string{"[", "{", ",", ":"} {
		n += strings.Count(text, mark)
	}
	if n > mostMetadata {
		return fmt.Errorf("metadata of more than %d values", mostMetadata)
	}
	return nil
}

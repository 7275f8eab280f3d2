package training

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"cocostat/internal/tensorboard"
)

// scalars reads the event files of a run: the bits of each number by its name
// and step, but for the speeds. A number that is there twice is an error.
func scalars(t *testing.T, run string) map[string]uint32 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(run, tensorboard.Prefix+"*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no event files (%v)", run, err)
	}
	all := map[string]uint32{}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for len(raw) > 0 {
			n := binary.LittleEndian.Uint64(raw)
			event := fields(t, raw[12:12+n])
			for _, value := range fields(t, []byte(event.first(5))).bytes[1] {
				v := fields(t, []byte(value))
				key := fmt.Sprintf("%s at %d", v.first(1), event.number[2])
				if strings.Contains(key, "per_second") {
					continue
				}
				if _, twice := all[key]; twice {
					t.Errorf("%s: %s is there twice", path, key)
				}
				all[key] = uint32(v.number[2])
			}
			raw = raw[n+16:]
		}
	}
	return all
}

// message is a decoded message of the protocol buffers, by field.
type message struct {
	number map[protowire.Number]uint64
	bytes  map[protowire.Number][]string
}

func (m message) first(n protowire.Number) string { return strings.Join(m.bytes[n], "") }

func fields(t *testing.T, raw []byte) message {
	t.Helper()
	m := message{map[protowire.Number]uint64{}, map[protowire.Number][]string{}}
	for len(raw) > 0 {
		field, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		raw = raw[n:]
		switch kind {
		case protowire.VarintType:
			m.number[field], n = protowire.ConsumeVarint(raw)
		case protowire.Fixed64Type:
			m.number[field], n = protowire.ConsumeFixed64(raw)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(raw)
			m.number[field] = uint64(v)
		default:
			var v []byte
			v, n = protowire.ConsumeBytes(raw)
			m.bytes[field] = append(m.bytes[field], string(v))
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		raw = raw[n:]
	}
	return m
}

package train

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	gomaps "maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/safetensors"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// snapshot is a copy of what a checkpoint holds, in memory that the next copy
// uses again.
type snapshot struct {
	optimiser torchx.Optimiser
	entries   []layer.Entry        // where the numbers come from
	tensors   []safetensors.Tensor // the copy, in the same order
	network   [2]int               // the entries of the network that is to be used
	metadata  map[string]string
}

func newSnapshot(l *learner) (*snapshot, error) {
	entries, err := l.all()
	if err != nil {
		return nil, err
	}
	network, averaged := l.net.Entries(), l.average.entries()
	s := &snapshot{optimiser: l.optimiser, entries: entries}
	s.network = [2]int{len(averaged), len(averaged) + len(network)} // the average, if there is one
	return s, nil
}

// take copies the numbers as they are now, with the state that belongs to them.
func (s *snapshot) take(state State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	s.metadata = map[string]string{keyFormat: checkpointFormat, keyState: string(text), keySteps: strconv.FormatInt(s.optimiser.Steps(), 10)}
	if s.tensors == nil {
		for _, e := range s.entries {
			s.tensors = append(s.tensors, safetensors.Tensor{Name: e.Name, Shape: e.Shape, Data: make([]float32, e.Count())})
		}
	}
	for i, e := range s.entries {
		if err := torchx.Read(e.Tensor, s.tensors[i].Data); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return nil
}

// all is what training goes on from.
func (s *snapshot) all() safetensors.File {
	return safetensors.File{Metadata: s.metadata, Tensors: s.tensors}
}

// used is the network that is to be used, without optimiser.
func (s *snapshot) used() safetensors.File {
	f := safetensors.File{Metadata: gomaps.Clone(s.metadata), Tensors: slices.Clone(s.tensors[s.network[0]:s.network[1]])}
	delete(f.Metadata, keySteps)
	for i := range f.Tensors {
		f.Tensors[i].Name = strings.TrimPrefix(f.Tensors[i].Name, averagePrefix)
	}
	return f
}

// writeCheckpoint adds the checksums and writes the file, whole or not at all.
// It refuses numbers that are not finite.
func writeCheckpoint(path string, f safetensors.File) error {
	sums, broken := checksums(f)
	if broken != "" {
		return fmt.Errorf("train: %w: %s has numbers that are not finite, and is not saved; %s", ErrDiverged, broken, calmer)
	}
	text, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	f.Metadata = gomaps.Clone(f.Metadata)
	f.Metadata[keyChecksums] = string(text)
	return safetensors.WriteFile(path, f)
}

// ErrDiverged is what a training ends with whose numbers are no longer finite.
var ErrDiverged = errors.New("the training has diverged")

const calmer = "use a lower learning rate or a longer warm-up"

// metadataChecksum is the name of the checksum of all metadata but the checksums.
const metadataChecksum = "metadata"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksums returns the CRC-32C of each tensor, by its name, and of the
// metadata, as hexadecimal numbers; and the first tensor with a number that is
// not finite, if there is one. That of a tensor is over a line with its type and
// shape, such as "F32 [16 3 3 3]", and its bytes; in formatOfData over the bytes
// alone.
func checksums(f safetensors.File) (sums map[string]string, broken string) {
	sums = map[string]string{metadataChecksum: metadataSum(f.Metadata)}
	headed := f.Metadata[keyFormat] != formatOfData
	for _, t := range f.Tensors {
		sum := uint32(0)
		if headed {
			sum = crc32.Update(sum, castagnoli, fmt.Appendf(nil, "F32 %v\n", t.Shape))
		}
		if broken == "" && !finite(t.Data) {
			broken = t.Name
		}
		sums[t.Name] = fmt.Sprintf("%08x", floatSum(sum, t.Data))
	}
	return sums, broken
}

// floatSum goes on with a checksum over the bytes of numbers, little-endian.
func floatSum(sum uint32, numbers []float32) uint32 {
	var room [1 << 12]byte
	for part := range slices.Chunk(numbers, len(room)/4) {
		text := room[:0]
		for _, v := range part {
			text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
		}
		sum = crc32.Update(sum, castagnoli, text)
	}
	return sum
}

func metadataSum(metadata map[string]string) string {
	h := crc32.New(castagnoli)
	for _, key := range slices.Sorted(gomaps.Keys(metadata)) {
		if key != keyChecksums {
			fmt.Fprintf(h, "%q:%q\n", key, metadata[key])
		}
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// verify compares a checkpoint with its checksums.
func verify(f safetensors.File) error {
	var want map[string]string
	if err := json.Unmarshal([]byte(f.Metadata[keyChecksums]), &want); err != nil {
		return fmt.Errorf("metadata %s: %w: the file is damaged", keyChecksums, err)
	}
	got, _ := checksums(f)
	for _, name := range slices.Sorted(gomaps.Keys(got)) {
		if _, has := want[name]; !has {
			return fmt.Errorf("%s has no checksum: the file is damaged", name)
		}
	}
	if err := compareSums(got, want); err != nil {
		return err
	}
	for _, name := range slices.Sorted(gomaps.Keys(want)) {
		if _, has := got[name]; !has {
			return fmt.Errorf("%s is missing: the file is damaged", name)
		}
	}
	return nil
}

// compareSums compares the checksums of what both have.
func compareSums(got, want map[string]string) error {
	for _, name := range slices.Sorted(gomaps.Keys(got)) {
		if w, has := want[name]; has && got[name] != w {
			return fmt.Errorf("%s: the checksum is %s, want %q: the file is damaged", name, got[name], w)
		}
	}
	return nil
}

// verifyPart compares the tensors of a safetensors file that another program may
// have made of a checkpoint with the checksums that it kept: other metadata and
// fewer tensors are no fault, and other types of numbers have no checksum.
func verifyPart(path string, metadata map[string]string) error {
	var want map[string]string
	text, has := metadata[keyChecksums]
	if !has {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		return fmt.Errorf("metadata %s: %w: the file is damaged", keyChecksums, err)
	}
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil // not float32
	}
	got, _ := checksums(f)
	delete(got, metadataChecksum)
	if err := compareSums(got, want); err != nil {
		return fmt.Errorf("%w; if another program changed the numbers on purpose, it must leave %s out of the metadata", err, keyChecksums)
	}
	return nil
}

// Package tensorboard writes event files, which TensorBoard shows while they
// grow.
//
// An event file is a sequence of TFRecords, each
//
//	length   uint64, little-endian
//	uint32   masked CRC-32C of the length's eight bytes
//	data     a message Event of the protocol buffers
//	uint32   masked CRC-32C of the data
//
// where masked(c) = ((c >> 15) | (c << 17)) + 0xa282ead8. The first event names
// the version of the format; the others hold scalars at a step. References:
// TensorFlow's tensorflow/core/lib/io/record_writer.h, util/event.proto and
// framework/summary.proto.
package tensorboard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Prefix begins the names by which TensorBoard recognises event files.
const Prefix = "events.out.tfevents."

// Scalar is a number under a name, whose part before a slash groups it.
type Scalar struct {
	Tag   string
	Value float64
}

// Writer appends events to a file. Each is written at once, so that no event
// is lost when the process is killed.
type Writer struct {
	file *os.File
	size int64
}

// Create makes the file at path, which must not exist.
func Create(path string, now time.Time) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{file: file}
	version := protowire.AppendTag(event(now, 0), fileVersion, protowire.BytesType)
	if err := w.write(protowire.AppendString(version, "brain.Event:2")); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// Size returns the bytes written so far.
func (w *Writer) Size() int64 { return w.size }

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }

// Scalars writes one event with the scalars of a step; those that are NaN are
// left out.
func (w *Writer) Scalars(now time.Time, step int64, scalars ...Scalar) error {
	var summary []byte
	for _, s := range scalars {
		if math.IsNaN(s.Value) {
			continue
		}
		var value []byte
		value = protowire.AppendTag(value, valueTag, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, valueSimple, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	if summary == nil {
		return nil
	}
	return w.write(protowire.AppendBytes(protowire.AppendTag(event(now, step), eventSummary, protowire.BytesType), summary))
}

// Restart says that the steps from step on begin anew: a TensorBoard that runs
// forgets those that it has seen.
func (w *Writer) Restart(now time.Time, step int64) error {
	status := protowire.AppendVarint(protowire.AppendTag(nil, sessionStatus, protowire.VarintType), sessionStart)
	return w.write(protowire.AppendBytes(protowire.AppendTag(event(now, step), eventSession, protowire.BytesType), status))
}

// Numbers of the fields of Event, Summary, Summary.Value and SessionLog.
const (
	eventTime, eventStep, fileVersion, eventSummary, eventSession = 1, 2, 3, 5, 7
	summaryValue                                                  = 1
	valueTag, valueSimple                                         = 1, 2
	sessionStatus, sessionStart                                   = 1, 1
)

// event begins an Event.
func event(now time.Time, step int64) []byte {
	b := protowire.AppendTag(nil, eventTime, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(float64(now.UnixMicro())/1e6))
	if step != 0 { // the default is left out
		b = protowire.AppendTag(b, eventStep, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(step))
	}
	return b
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// write appends a record.
func (w *Writer) write(data []byte) error {
	record := binary.LittleEndian.AppendUint64(make([]byte, 0, len(data)+16), uint64(len(data)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, data...)
	record = binary.LittleEndian.AppendUint32(record, masked(data))
	n, err := w.file.Write(record)
	w.size += int64(n)
	if err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return nil
}

// Cut shortens the event file at path to its first size bytes or, if these do
// not end with a whole record, to the last one before. It returns the bytes
// that are left.
func Cut(path string, size int64) (int64, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, fmt.Errorf("tensorboard: %w", err)
	}
	whole, err := wholeRecords(io.LimitReader(file, size))
	if err == nil {
		err = file.Truncate(whole)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, fmt.Errorf("tensorboard: %s: %w", path, err)
	}
	return whole, nil
}

// wholeRecords returns the bytes of the records before the first that is not
// whole.
func wholeRecords(r io.Reader) (size int64, err error) {
	b := bufio.NewReader(r)
	for {
		var head [12]byte
		if _, err := io.ReadFull(b, head[:]); err != nil {
			return size, notAtEnd(err)
		}
		n := binary.LittleEndian.Uint64(head[:])
		if masked(head[:8]) != binary.LittleEndian.Uint32(head[8:]) || n > 1<<30 {
			return size, nil
		}
		data := make([]byte, n+4)
		if _, err := io.ReadFull(b, data); err != nil {
			return size, notAtEnd(err)
		}
		if masked(data[:n]) != binary.LittleEndian.Uint32(data[n:]) {
			return size, nil
		}
		size += int64(n) + 16
	}
}

// notAtEnd drops the errors of a file that ends.
func notAtEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

package eval

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/evaluate"
	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
	"cocostat/internal/commands/shared/input"
)

// isArrayFolder reports whether the arrays go into a folder of that name: it is
// one, or has no ending.
func isArrayFolder(path string) bool {
	return input.IsFolder(path) || strings.HasSuffix(path, string(filepath.Separator)) || filepath.Ext(path) == ""
}

// writeArrays writes the arrays of an evaluation in the form that the path asks
// for.
func writeArrays(path string, m *evaluate.Matches, rows []evalRow) error {
	dense, err := m.Arrays()
	if err != nil {
		return err
	}
	switch {
	case isArrayFolder(path):
		if err := os.MkdirAll(path, 0o755); err != nil {
			return fmt.Errorf("cannot write the arrays: %w", err)
		}
		var files []atomicfile.File
		for _, a := range arraysOf(&m.Params, dense) {
			files = append(files, atomicfile.File{Path: filepath.Join(path, a.name+".npy"), Fill: a.write})
		}
		return atomicfile.WriteAll(files...)
	case filepath.Ext(path) == ".arrow":
		return atomicfile.Write(path, func(w io.Writer) error { return writeArrow(w, &m.Params, dense, rows) })
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, a := range arraysOf(&m.Params, dense) {
			// numpy.load takes members that are not compressed and those that are.
			member, err := z.CreateHeader(&zip.FileHeader{Name: a.name + ".npy", Method: zip.Deflate})
			if err != nil {
				return err
			}
			if err := a.write(member); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// npyArray is an array of one of the types that pycocotools' have, in row-major
// order.
type npyArray struct {
	name   string
	shape  []int
	floats []float64
	ints   []int64
	words  []string
}

// arraysOf returns the arrays under the names that pycocotools gives them in
// COCOeval.eval and COCOeval.params.
func arraysOf(p *evaluate.Params, dense *evaluate.Arrays) []npyArray {
	t, rec, k, a, m := p.Dims()
	arrays := []npyArray{
		{name: "precision", shape: []int{t, rec, k, a, m}, floats: dense.Precision},
		{name: "recall", shape: []int{t, k, a, m}, floats: dense.Recall},
		{name: "scores", shape: []int{t, rec, k, a, m}, floats: dense.Scores},
		{name: "iouThrs", shape: []int{t}, floats: p.IoUThresholds},
		{name: "recThrs", shape: []int{rec}, floats: p.RecallThresholds},
		{name: "catIds", shape: []int{len(p.Classes)}, ints: p.Classes},
	}
	ranges, labels, limits := make([]float64, 0, 2*a), make([]string, 0, a), make([]int64, 0, m)
	for _, area := range p.Areas {
		ranges, labels = append(ranges, area.Min, area.Max), append(labels, area.Name)
	}
	for _, limit := range p.MaxDets {
		limits = append(limits, int64(limit))
	}
	return append(arrays,
		npyArray{name: "areaRng", shape: []int{a, 2}, floats: ranges},
		npyArray{name: "areaRngLbl", shape: []int{a}, words: labels},
		npyArray{name: "maxDets", shape: []int{m}, ints: limits})
}

// write writes the array in version 1.0 of numpy's format.
func (a npyArray) write(out io.Writer) error {
	widest := 1
	for _, word := range a.words {
		widest = max(widest, len([]rune(word)))
	}
	dtype := "<f8"
	switch {
	case a.words != nil:
		dtype = fmt.Sprintf("<U%d", widest)
	case a.ints != nil:
		dtype = "<i8"
	}
	sizes := make([]string, len(a.shape))
	for i, n := range a.shape {
		sizes[i] = fmt.Sprint(n) + ","
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, strings.Join(sizes, " "))
	const magic, align = "\x93NUMPY\x01\x00", 64
	before := len(magic) + 2
	header += strings.Repeat(" ", align-1-(before+len(header))%align) + "\n"

	w := bufio.NewWriter(out)
	w.WriteString(magic)
	var b [8]byte
	w.Write(binary.LittleEndian.AppendUint16(b[:0], uint16(len(header))))
	w.WriteString(header)
	for _, v := range a.floats {
		w.Write(binary.LittleEndian.AppendUint64(b[:0], math.Float64bits(v)))
	}
	for _, v := range a.ints {
		w.Write(binary.LittleEndian.AppendUint64(b[:0], uint64(v)))
	}
	for _, word := range a.words {
		letters := make([]rune, widest)
		copy(letters, []rune(word))
		for _, letter := range letters {
			w.Write(binary.LittleEndian.AppendUint32(b[:0], uint32(letter)))
		}
	}
	return w.Flush() // keeps the first error
}

// arrowMetadata describes the rows of the Arrow file.
type arrowMetadata struct {
	RecallThresholds []float64   `json:"recall_thresholds"` // of the lists
	Areas            []areaRange `json:"areas"`
}

// writeArrow writes a row for each IoU threshold, class, area range and limit.
func writeArrow(w io.Writer, p *evaluate.Params, dense *evaluate.Arrays, rows []evalRow) error {
	_, rec, k, a, m := p.Dims()
	list := arrow.FixedSizeListOf(int32(rec), arrow.PrimitiveTypes.Float64)
	meta := arrowMetadata{RecallThresholds: p.RecallThresholds}
	for _, area := range p.Areas {
		meta.Areas = append(meta.Areas, areaRange(area))
	}
	schema, err := arrowfile.Schema([]arrow.Field{
		{Name: "iou", Type: arrow.PrimitiveTypes.Float64},
		{Name: "category_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "name", Type: arrow.BinaryTypes.String},
		{Name: "area", Type: arrow.BinaryTypes.String},
		{Name: "max_dets", Type: arrow.PrimitiveTypes.Int32},
		{Name: "recall", Type: arrow.PrimitiveTypes.Float64},
		{Name: "precision", Type: list},
		{Name: "scores", Type: list},
	}, meta)
	if err != nil {
		return err
	}
	table := arrowfile.Table{Schema: schema, Rows: len(dense.Recall), Batch: 1 << 12, Append: func(b *array.RecordBuilder, i int) {
		limit, area, class, t := i%m, i/m%a, i/(m*a)%k, i/(m*a*k)
		arrowfile.Float64(b, 0, p.IoUThresholds[t])
		if class < len(rows) {
			arrowfile.Int64(b, 1, rows[class].ID)
			arrowfile.String(b, 2, rows[class].Name)
		} else {
			b.Field(1).AppendNull() // all classes taken for one
			arrowfile.String(b, 2, "")
		}
		arrowfile.String(b, 3, p.Areas[area].Name)
		arrowfile.Int32(b, 4, int32(p.MaxDets[limit]))
		arrowfile.Float64(b, 5, dense.Recall[i])
		for column, of := range map[int][]float64{6: dense.Precision, 7: dense.Scores} {
			l := b.Field(column).(*array.FixedSizeListBuilder)
			l.Append(true)
			values := l.ValueBuilder().(*array.Float64Builder)
			for n := range rec {
				values.Append(of[(((t*rec+n)*k+class)*a+area)*m+limit])
			}
		}
	}}
	return table.Write(w, memory.DefaultAllocator)
}

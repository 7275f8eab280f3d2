package evaluate

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// DetectionWriter writes detections in COCO's results format, a JSON array
// with an object per detection and line:
//
//	{"image_id":42,"category_id":18,"bbox":[258.15,41.29,348.26,243.78],"score":0.236}
//
// Numbers have the fewest digits that read back as the same float64, so that
// an evaluation of the file gives the same result as one of the values.
type DetectionWriter struct {
	w     *bufio.Writer
	line  []byte
	count int
}

// NewDetectionWriter returns a writer to w. Nothing is complete before Close.
func NewDetectionWriter(w io.Writer) *DetectionWriter {
	return &DetectionWriter{w: bufio.NewWriter(w)}
}

// Write adds a detection. It fails if a number of the detection is NaN or
// infinite, for which JSON has no form, or if the underlying writer fails.
func (w *DetectionWriter) Write(d *Detection) error {
	numbers := [5]float64{d.BBox[0], d.BBox[1], d.BBox[2], d.BBox[3], d.Score}
	for _, v := range numbers {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("evaluate: detection of image %d, category %d: bbox %v, score %v: %w",
				d.ImageID, d.CategoryID, d.BBox, d.Score, ErrNotFinite)
		}
	}
	before := ",\n"
	if w.count == 0 {
		before = "[\n"
	}
	b := append(w.line[:0], before...)
	b = strconv.AppendInt(append(b, `{"image_id":`...), d.ImageID, 10)
	b = strconv.AppendInt(append(b, `,"category_id":`...), d.CategoryID, 10)
	b = append(b, `,"bbox":[`...)
	for i, v := range numbers[:4] {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	b = strconv.AppendFloat(append(b, `],"score":`...), d.Score, 'g', -1, 64)
	w.line = append(b, '}')
	w.count++
	_, err := w.w.Write(w.line)
	return err
}

// Close ends the array and flushes; it does not close the underlying writer.
func (w *DetectionWriter) Close() error {
	end := "\n]\n"
	if w.count == 0 {
		end = "[]\n"
	}
	if _, err := w.w.WriteString(end); err != nil {
		return err
	}
	return w.w.Flush()
}

// WriteDetections writes all of them as a [DetectionWriter] does.
func WriteDetections(w io.Writer, dets []Detection) error {
	out := NewDetectionWriter(w)
	for i := range dets {
		if err := out.Write(&dets[i]); err != nil {
			return err
		}
	}
	return out.Close()
}

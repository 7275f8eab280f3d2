package annotations_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
)

// trainLike returns a text with the layout of instances_train2017.json: key
// order, spacing, and polygons of some 30 points with two decimals.
func trainLike(objects int) []byte {
	r := rand.New(rand.NewPCG(1, 7))
	var b bytes.Buffer
	b.WriteString(`{"info": {},"images": [`)
	for i := range objects / 7 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"license": 1,"file_name": "%012d.jpg","height": 480,"width": 640,"date_captured": "2013-11-14 16:28:13","id": %d}`, i, i)
	}
	b.WriteString(`],"annotations": [`)
	for i := range objects {
		var polygon []string
		for range 2 * (10 + r.IntN(40)) {
			polygon = append(polygon, fmt.Sprintf("%.2f", 640*r.Float64()))
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"segmentation": [[%s]],"area": %v,"iscrowd": 0,"image_id": %d,"bbox": [%.2f,%.2f,%.2f,%.2f],"category_id": %d,"id": %d}`,
			strings.Join(polygon, ","), 3000*r.Float64(), r.IntN(objects/7), 300*r.Float64(), 300*r.Float64(), 300*r.Float64(), 300*r.Float64(), 1+r.IntN(80), i)
	}
	b.WriteString(`],"categories": [{"id": 1,"name": "person"}]}`)
	return b.Bytes()
}

// BenchmarkScan reports the throughput of a scan that reads every element and
// its ratio to that of json.Valid, which only checks the syntax.
func BenchmarkScan(b *testing.B) {
	text := trainLike(20000)
	v := annotations.Visitor{
		Image:      func(*annotations.Image) error { return nil },
		Annotation: func(*annotations.Annotation) error { return nil },
		Category:   func(*annotations.Category) error { return nil },
	}
	perByte := func(b *testing.B) float64 { return float64(b.Elapsed()) / float64(b.N) / float64(len(text)) }
	var ours float64
	b.Run("Scan", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := annotations.Scan(context.Background(), bytes.NewReader(text), "train", v); err != nil {
				b.Fatal(err)
			}
		}
		ours = perByte(b)
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if !json.Valid(text) {
				b.Fatal("not valid")
			}
		}
		b.ReportMetric(perByte(b)/ours, "times-Scan")
	})
}

// BenchmarkCount counts a file of 110 MB. The profile of make profile is its.
func BenchmarkCount(b *testing.B) {
	text := trainLike(200000)
	path := filepath.Join(b.TempDir(), "train.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := annotations.Count(context.Background(), []string{path}, annotations.Options{NoHash: true}); err != nil {
			b.Fatal(err)
		}
	}
}

package coco_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/coco/cocotest"
)

// BenchmarkScan reports the throughput of a scan that reads every element and
// its ratio to that of json.Valid, which only checks the syntax.
func BenchmarkScan(b *testing.B) {
	text := cocotest.TrainLike(20000)
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
			if err := coco.Scan(context.Background(), bytes.NewReader(text), "train", v); err != nil {
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

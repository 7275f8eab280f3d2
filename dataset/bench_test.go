package dataset

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

// BenchmarkCount counts a file of 110 MB. The profile of make profile is its.
func BenchmarkCount(b *testing.B) {
	text := cocotest.TrainLike(200000)
	path := filepath.Join(b.TempDir(), "train.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Count(context.Background(), []string{path}, annotations.Options{NoHash: true}); err != nil {
			b.Fatal(err)
		}
	}
}

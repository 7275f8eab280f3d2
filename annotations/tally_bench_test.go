package annotations

import (
	"math"
	"math/rand/v2"
	"testing"
)

// trainLikeAnnotations returns annotations of the size and skew of COCO
// train2017: 80 classes whose sizes fall as 1/rank, widths and heights spread
// like its boxes, images in random order.
func trainLikeAnnotations(n int) []Annotation {
	r := rand.New(rand.NewPCG(3, 9))
	out := make([]Annotation, n)
	for i := range out {
		w, h := math.Exp(3.7+1.1*r.NormFloat64()), math.Exp(3.8+1.1*r.NormFloat64())
		out[i] = Annotation{ID: int64(i + 1), ImageID: int64(r.IntN(118000)), CategoryID: int64(math.Exp(r.Float64() * math.Log(80))),
			BBox: [4]float64{1, 1, w, h}, Area: w * h / 2, Has: 0xff, Offset: int64(i)}
	}
	return out
}

// BenchmarkTally reports the time of an annotation on its way into the tables,
// and of that the part for sizes and boxes.
func BenchmarkTally(b *testing.B) {
	list := trainLikeAnnotations(860001)
	start := func() *Tally {
		t := newTally("")
		for id := range int64(118000) {
			t.listOne(&Image{ID: id, Width: 640, Height: 480, Has: FieldID})
		}
		return t
	}
	perAnnotation := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/annotation")
	}
	b.Run("all", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			t := start()
			b.StartTimer()
			for i := range list {
				if err := t.annotation(&list[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
		perAnnotation(b)
	})
	b.Run("measure", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			t := start()
			b.StartTimer()
			for i := range list {
				a := &list[i%8192]
				t.part(0).measure(int32(a.CategoryID), &a.BBox, a.sizeArea(), a.Crowd, mention{a.ID, a.Offset}, frame{640, 480})
			}
		}
		perAnnotation(b)
	})
}

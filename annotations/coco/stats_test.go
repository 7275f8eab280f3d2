package coco

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

// boxKinds are the kinds of problems that the reference finds in boxes.
var boxKinds = []annotations.Kind{annotations.NoBox, annotations.EmptyBox, annotations.NegativeBox, annotations.OutsideImage, annotations.NoArea}

// instead are the kinds under which some of the others are reported.
var instead = map[annotations.Kind]annotations.Kind{annotations.NoBox: annotations.RotatedBox, annotations.NoArea: annotations.UnreadableArea, annotations.OutsideImage: annotations.CornerBox}

// checkStatistics compares sizes, boxes and their problems with those of the
// reference. Texts that it cannot take apart are passed over.
func checkStatistics(t *testing.T, text string, window int) (boxes int64) {
	t.Helper()
	ref, err := newReference([]byte(text), tokenLimit(window))
	if err != nil {
		return 0
	}
	for _, noCrowd := range []bool{false, true} {
		c, err := countText(strings.NewReader(text), window, noCrowd)
		if err != nil {
			continue // nothing to count, which other tests look at
		}
		if diff := cmp.Diff(ref.statistics(noCrowd), statistics(c)); diff != "" {
			t.Fatalf("without crowds %v: statistics differ (-want +got):\n%s\n%q", noCrowd, diff, text[:min(len(text), 20000)])
		}
		for _, kind := range boxKinds {
			if got := cocotest.ProblemCount(c.Problems, kind); got != ref.problems[kind] && cocotest.ProblemCount(c.Problems, instead[kind]) == 0 {
				t.Fatalf("%s found %d times, want %d\n%q", kind, got, ref.problems[kind], text[:min(len(text), 20000)])
			}
		}
		boxes += c.AllBoxes.Width.Count()
	}
	return boxes
}

func TestStatisticsGenerated(t *testing.T) {
	const files = 300
	var boxes int64
	for seed := range uint64(files) {
		boxes += checkStatistics(t, cocotest.Generate(rand.New(rand.NewPCG(seed, 11))), 0)
	}
	if boxes < 5*files {
		t.Errorf("only %d boxes in %d files: the generator has gone wrong", boxes, files)
	}
}

func TestStatisticsOfRealFiles(t *testing.T) {
	files, _ := filepath.Glob(shared + "/*/*.json")
	more, _ := filepath.Glob(shared + "/*/*/*.json")
	if files = append(files, more...); len(files) == 0 {
		t.Skip("no shared data")
	}
	var boxes int64
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) != largestFile {
			boxes += checkStatistics(t, string(text), 0)
		}
	}
	if boxes < 40000 {
		t.Errorf("only %d boxes were compared", boxes)
	}
}

// shard is a part of a dataset; dealing writes the parts of one.
type shard struct{ images, annotations []string }

func (s *shard) text(categories string) string {
	return fmt.Sprintf(`{"annotations":[%s],"categories":%s,"images":[%s]}`,
		strings.Join(s.annotations, ","), categories, strings.Join(s.images, ","))
}

// deal makes a random dataset and deals it to shards: each image is listed in
// one or several of them, with its annotations anywhere. It returns the texts
// of the shards and of the whole, whose lists stand in another order.
func deal(r *rand.Rand, shards int) (parts []string, whole string) {
	const images, objects = 20, 300
	all, dealt := shard{}, make([]shard, shards)
	for i := range images {
		im := fmt.Sprintf(`{"id":%d,"file_name":"%d.jpg","width":%d,"height":%d}`, i, i, 100+i, 200-i)
		all.images = append(all.images, im)
		for k := range dealt {
			if k == i%shards || r.IntN(4) == 0 {
				dealt[k].images = append(dealt[k].images, im)
			}
		}
	}
	for i := range objects {
		area := ""
		if r.IntN(3) > 0 {
			area = fmt.Sprintf(`,"area":%d`, r.IntN(20000))
		}
		a := fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":%d,"iscrowd":%d,"bbox":[%.2f,%.2f,%.2f,%.2f]%s}`,
			i+1, r.IntN(images+1), 1+r.IntN(4), r.IntN(8)/7, 80*r.Float64()-2, 60*r.Float64()-2, 90*r.Float64()-1, 80*r.Float64(), area)
		all.annotations = append(all.annotations, a)
		to := &dealt[r.IntN(shards)]
		to.annotations = append(to.annotations, a)
	}
	const categories = `[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":3,"name":"c"}]`
	for k := range dealt {
		parts = append(parts, dealt[k].text(categories))
	}
	text := all.text(categories)
	whole = `{"images":` + text[strings.Index(text, `"images":`)+9:len(text)-1] + `,` + text[1:strings.Index(text, `,"images":`)] + `}`
	return parts, whole
}

// Everything is the same for a dataset in one file and dealt to shards, in any
// order of the shards and of the lists.
func TestShardsGiveTheSame(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 12))
		parts, whole := deal(r, 1+r.IntN(5))
		paths, one := cocotest.Write(t, parts...), cocotest.Write(t, whole)
		noCrowd := seed%2 == 1
		want, err := countFiles(one, annotations.Options{NoCrowd: noCrowd})
		if err != nil {
			t.Fatal(err)
		}
		if want.AllBoxes.Width.Count() < 150 || cocotest.ProblemCount(want.Problems, annotations.OutsideImage) < 10 {
			t.Fatalf("the dataset shows nothing: %+v", want.Problems)
		}
		var problems []annotations.Problem
		for range 3 {
			r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
			got, err := countFiles(paths, annotations.Options{NoCrowd: noCrowd})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
				switch p.Last().String() {
				case ".Sources", ".Problems", ".Offset":
					return true
				}
				return false
			}, cmp.Ignore())); diff != "" {
				t.Fatalf("seed %d: shards differ (-whole +shards):\n%s", seed, diff)
			}
			for _, p := range want.Problems {
				if n := cocotest.ProblemCount(got.Problems, p.Kind); n != p.Count {
					t.Errorf("seed %d: %s found %d times in the whole, %d times in the shards", seed, p.Kind, p.Count, n)
				}
			}
			if problems == nil {
				problems = got.Problems
			}
			if diff := cmp.Diff(problems, got.Problems); diff != "" {
				t.Errorf("seed %d: problems depend on the order of the shards (-first +now):\n%s", seed, diff)
			}
		}
	}
}

package evaluate_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/evaluate"
)

var lvisCasesFile = flag.String("lvis-cases", filepath.Join("testdata", "lvis_cases.json"), "file of cases made by testdata/make_lvis_cases.py")

// lvisCase is what testdata/make_lvis_cases.py writes. The expected values come
// from lvis-api 0.5.3 with pycocotools 2.0.11 and numpy 2.4.6.
type lvisCase struct {
	storedCase
	Kind              string
	Negative, Partial [][]int64
	Frequency         string
	Limit             int
	Stats             *[13]float64
}

func readLVISCases(t *testing.T, path string) (rows [][]float64, cases []lvisCase) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Rows   [][]float64
		Shared lvisCase
		Cases  []lvisCase
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	for i := range f.Rows {
		f.Rows[i] = expand(f.Rows[i])
	}
	for i := range f.Cases {
		if c, s := &f.Cases[i], &f.Shared; c.Kind != "" {
			c.Images, c.Classes, c.Truths = s.Images, s.Classes, s.Truths
			c.Negative, c.Partial, c.Frequency = s.Negative, s.Partial, s.Frequency
		}
	}
	return f.Rows, f.Cases
}

func (c *lvisCase) inputs() ([]evaluate.Truth, []evaluate.Detection, evaluate.Params) {
	truths, dets, p := c.storedCase.inputs()
	p.LVIS = &evaluate.LVISRules{MaxDetections: c.Limit}
	lists := map[int64]*evaluate.LVISImage{}
	image := func(id int64) *evaluate.LVISImage {
		if lists[id] == nil {
			lists[id] = &evaluate.LVISImage{ID: id}
		}
		return lists[id]
	}
	for _, n := range c.Negative {
		image(n[0]).Negative = n[1:]
	}
	for _, n := range c.Partial {
		image(n[0]).NotExhaustive = n[1:]
	}
	for _, id := range c.Images {
		if lists[id] != nil {
			p.LVIS.Images = append(p.LVIS.Images, *lists[id])
		}
	}
	for i, id := range c.Classes {
		g := &p.LVIS.Groups
		list := map[byte]*[]int64{'r': &g.Rare, 'c': &g.Common, 'f': &g.Frequent}[c.Frequency[i]]
		*list = append(*list, id)
	}
	return truths, dets, p
}

// compareLVIS counts the elements of the arrays that differ in any bit.
func (c *lvisCase) compareLVIS(t *testing.T, n int, rows [][]float64, matches *evaluate.Matches) {
	t.Helper()
	r := mustArrays(t, matches)
	T, R, K, A, M := matches.Params.Dims()
	precision, recall := expand(c.Precision), expand(c.Recall)
	if M != 1 || len(precision) != T*K*A || len(recall) != len(precision) || len(r.Precision) != len(precision)*R {
		t.Fatalf("case %d: %d rows and %d limits, want %d and 1", n, T*K*A, M, len(precision))
	}
	different, row := 0, 0
	check := func(what string, got, want float64, at [4]int) {
		if math.Float64bits(got) != math.Float64bits(want) {
			if different++; different <= 3 {
				t.Errorf("case %d: %s%v (k a t r) = %v, lvis-api %v", n, what, at, got, want)
			}
		}
	}
	for k := range K {
		for a := range A {
			for iou := range T {
				check("recall", r.Recall[(iou*K+k)*A+a], recall[row], [4]int{k, a, iou})
				for rec := range R {
					check("precision", r.Precision[((iou*R+rec)*K+k)*A+a], rows[precision[row]][rec], [4]int{k, a, iou, rec})
				}
				row++
			}
		}
	}
	if different > 0 {
		t.Errorf("case %d: %d elements differ", n, different)
	}
	if stats := matches.Result().LVISStats(); c.Stats != nil && *c.Stats != stats {
		t.Errorf("case %d: stats\n%v, lvis-api\n%v", n, stats, *c.Stats)
	}
}

func TestLVISCases(t *testing.T) {
	rows, cases := readLVISCases(t, *lvisCasesFile)
	var over, unchecked, partial, params int
	for n := range cases {
		c := &cases[n]
		truths, dets, p := c.inputs()
		r, err := evaluate.Match(truths, dets, p)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		c.compareLVIS(t, n, rows, r)
		over += min(r.LVIS.OverLimit, 1)
		unchecked += min(r.LVIS.Unchecked, 1)
		partial += min(len(c.Partial), 1)
		if c.Params != nil {
			params++
		}
	}
	t.Logf("%d cases: %d with detections over the limit, %d with unchecked classes, %d with classes that are not exhaustive, %d with other parameters",
		len(cases), over, unchecked, partial, params)
	if min(over, unchecked, partial, params) == 0 {
		t.Error("a kind of case is missing")
	}
}

// The file of 100 images gives the truths and rules of the stored cases, of
// which make_lvis_cases.py read them with Python's json.
func TestFromLVIS(t *testing.T) {
	path := filepath.Join("..", "..", "shared", "data", "lvis", "lvis_val_100.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs ../shared/data/lvis, which is not there")
	}
	d, err := dataset.Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	truths, p, err := evaluate.FromLVIS(d)
	if err != nil {
		t.Fatal(err)
	}
	_, cases := readLVISCases(t, filepath.Join("testdata", "lvis_cases.json"))
	for n := range cases {
		c := &cases[n]
		if c.Kind != "ties" && c.Kind != "crowded" {
			continue
		}
		_, dets, want := c.inputs()
		if !reflect.DeepEqual(p.LVIS.Groups, want.LVIS.Groups) || len(p.LVIS.Images) != 100 {
			t.Fatalf("groups %d, %d, %d; %d images", len(p.LVIS.Groups.Rare), len(p.LVIS.Groups.Common), len(p.LVIS.Groups.Frequent), len(p.LVIS.Images))
		}
		r, err := evaluate.Evaluate(truths, dets, p)
		if err != nil {
			t.Fatal(err)
		}
		if r.LVISStats() != *c.Stats {
			t.Errorf("%s: stats\n%v, lvis-api\n%v", c.Kind, r.LVISStats(), *c.Stats)
		}
	}
}

// By hand: one image, one truth of class 1. Class 2 was looked for in vain,
// class 3 was not looked for, and class 1 has more objects than are marked.
func TestLVISRules(t *testing.T) {
	truths := []evaluate.Truth{{ID: 1, ImageID: 1, CategoryID: 1, BBox: [4]float64{0, 0, 10, 10}, Area: 100},
		{ID: 2, ImageID: 2, CategoryID: 2, BBox: [4]float64{0, 0, 10, 10}, Area: 100}}
	far := [4]float64{50, 50, 10, 10}
	dets := []evaluate.Detection{
		{ImageID: 1, CategoryID: 1, BBox: far, Score: 0.9}, // ignored
		{ImageID: 1, CategoryID: 1, BBox: [4]float64{0, 0, 10, 10}, Score: 0.8},
		{ImageID: 1, CategoryID: 2, BBox: far, Score: 0.9}, // false
		{ImageID: 2, CategoryID: 2, BBox: [4]float64{0, 0, 10, 10}, Score: 0.8},
		{ImageID: 1, CategoryID: 3, BBox: far, Score: 1}, // left out
		{ImageID: 2, CategoryID: 1, BBox: far, Score: 1}, // left out
	}
	p := evaluate.Params{Images: []int64{1, 2}, Classes: []int64{1, 2, 3}, LVIS: &evaluate.LVISRules{
		Images: []evaluate.LVISImage{{ID: 1, Negative: []int64{2}, NotExhaustive: []int64{1}}},
		Groups: evaluate.LVISGroups{Rare: []int64{2, 3}, Frequent: []int64{1}},
	}}
	r, err := evaluate.Evaluate(truths, dets, p)
	if err != nil {
		t.Fatal(err)
	}
	stats := r.LVISStats()
	near := func(x, want float64) bool { return math.Abs(x-want) < 1e-12 }
	if !near(stats[evaluate.LVISAPFrequent], 1) || !near(stats[evaluate.LVISAPRare], 0.5) || !near(stats[evaluate.LVISAP], 0.75) ||
		stats[evaluate.LVISAPCommon] != -1 || stats[evaluate.LVISAR] != 1 || r.LVIS != (evaluate.LVISCounts{Unchecked: 2}) {
		t.Errorf("stats %v, %+v", stats, r.LVIS)
	}
	m, err := evaluate.Match(truths, dets, p)
	if err != nil {
		t.Fatal(err)
	}
	if found := m.Found(0); !slices.Equal(found, []int32{evaluate.Ignored, 0, evaluate.Wrong, 1}) {
		t.Errorf("found %v, want the first ignored, the second and the fourth right", found)
	}
	p.LVIS.MaxDetections = 1 // of image 1 only the detection of class 3, of image 2 that of class 1
	if r, err = evaluate.Evaluate(truths, dets, p); err != nil {
		t.Fatal(err)
	}
	if r.LVISStats()[evaluate.LVISAR] != 0 || r.LVIS != (evaluate.LVISCounts{OverLimit: 4, Unchecked: 2}) {
		t.Errorf("with one detection an image: %v, %+v", r.LVISStats(), r.LVIS)
	}
}

func TestLVISErrors(t *testing.T) {
	d := &annotations.Dataset{Path: "val.json", Images: []annotations.Image{{ID: 7, NegativeCategories: []int64{}}}}
	if _, _, err := evaluate.FromLVIS(d); err == nil || !strings.Contains(err.Error(), "val.json: image 7") {
		t.Errorf("an image without not_exhaustive_category_ids: error %v", err)
	}
	for _, p := range []evaluate.Params{
		{LVIS: &evaluate.LVISRules{MaxDetections: -1}},
		{LVIS: &evaluate.LVISRules{}, ClassAgnostic: true},
	} {
		if _, err := evaluate.Evaluate(nil, nil, p); err == nil {
			t.Errorf("%+v: no error", p)
		}
	}
}

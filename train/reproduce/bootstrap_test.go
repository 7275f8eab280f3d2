package reproduce_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/lt"
	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/train/reproduce"
	"cocostat/weights"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// found are detections that fit the boxes of twoImages in some images exactly.
func found(images ...int) string {
	var list []string
	for _, image := range images {
		for category := 1; category <= 2; category++ {
			list = append(list, fmt.Sprintf(`{"image_id":%d,"category_id":%d,"bbox":[%d,10,40,40],"score":0.9}`, image, category, 100*category))
		}
	}
	return "[" + strings.Join(list, ",") + "]"
}

// twoImages is a study of table 11 with two seeds on two images, each with a box
// of the only tail and of the only head class, and one of a class that is not
// trained, and what its runs found.
func twoImages(t *testing.T, base, eql [2]string, ap map[string]float64) (reproduce.Study, reproduce.Outcomes) {
	t.Helper()
	out := t.TempDir()
	val := filepath.Join(out, "val.json")
	write(t, val, `{"images":[{"id":1,"file_name":"a","width":400,"height":400},{"id":2,"file_name":"b","width":400,"height":400}],
		"categories":[{"id":1,"name":"rare"},{"id":2,"name":"common"},{"id":3,"name":"left out"}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[100,10,40,40],"area":1600,"iscrowd":0},{"id":2,"image_id":1,"category_id":2,"bbox":[200,10,40,40],"area":1600,"iscrowd":0},
		{"id":5,"image_id":1,"category_id":3,"bbox":[300,10,40,40],"area":1600,"iscrowd":0},
		{"id":3,"image_id":2,"category_id":1,"bbox":[100,10,40,40],"area":1600,"iscrowd":0},{"id":4,"image_id":2,"category_id":2,"bbox":[200,10,40,40],"area":1600,"iscrowd":0}]}`)
	table, err := recipes.FindTable("11")
	if err != nil {
		t.Fatal(err)
	}
	s := reproduce.Study{Out: out, Seeds: []uint64{1, 2}, Tables: []reproduce.Table{{Table: table}},
		Classes: []weights.Row{{CategoryID: 1, Group: lt.Tail}, {CategoryID: 2, Group: lt.Head}}}
	c := train.DefaultConfig()
	c.Data.ValJSON = val
	for _, r := range table.Recipes() {
		s.Tables[0].Rows = append(s.Tables[0].Rows, reproduce.Row{Recipe: r, Folder: r.Name, Config: c})
	}
	outcomes := reproduce.Outcomes{}
	for row, detections := range map[string][2]string{"baseline": base, "eql": eql} {
		for i, text := range detections {
			dir := filepath.Join(out, "table11", row, fmt.Sprintf("seed-%d", i+1))
			if text != "" {
				write(t, filepath.Join(dir, train.DetectionsFile), text)
			}
			a := train.Score(ap[text])
			outcomes[dir] = reproduce.Outcome{Result: &train.Evaluation{Scores: train.Scores{AP: a, AP50: a, AP75: a, APTail: a, APHead: a}}}
		}
	}
	return s, outcomes
}

// half is AP where one of two objects is found, without a false alarm: precision
// is 1 at the 51 of the 101 recalls up to 0.5.
const half = 51.0 / 101

// By hand. Of two images, a draw has the same one twice in a quarter of all
// cases each. Who finds all of one image and nothing of the other then has AP
// 100 or 0, so that the middle 95 % reach from 0 to 100. Two equal rows differ
// by 0 in each draw. Of two seeds of which one finds all and the other nothing, a
// draw has one twice in a quarter of the cases each, whatever the images.
func TestBootstrap(t *testing.T) {
	ap := map[string]float64{found(1): half, found(1, 2): 1, found(): 0}
	first, all, nothing := [2]string{found(1), found(1)}, [2]string{found(1, 2), found(1, 2)}, [2]string{found(), found()}
	either := [2]string{found(1, 2), found()}
	type ends [2]float64
	for name, c := range map[string]struct {
		base, eql            [2]string
		measured, difference ends
		told                 reproduce.Verdict
	}{
		"half, and half":   {first, first, ends{0, 100}, ends{0, 0}, reproduce.NotTold},
		"nothing, and all": {nothing, all, ends{100, 100}, ends{100, 100}, reproduce.Above},
		"all, and nothing": {all, nothing, ends{0, 0}, ends{-100, -100}, reproduce.Below},
		// Over the seeds the difference is 49.5 ± 0: only the images tell that it can be 0.
		"half, and all":    {first, all, ends{100, 100}, ends{0, 100}, reproduce.NotTold},
		"nothing, and one": {nothing, either, ends{0, 100}, ends{0, 100}, reproduce.NotTold},
	} {
		s, outcomes := twoImages(t, c.base, c.eql, ap)
		report := s.Summarise(outcomes, nil)
		if err := s.Resample(context.Background(), &report, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		if len(report.Notes) > 0 {
			t.Errorf("%s: %q", name, report.Notes)
		}
		row := report.Tables[0].Rows[1]
		for _, metric := range []int{0, 1, 2, 6, 7} {
			near(t, name+": low end", row.Bootstrap.Measured.Low[metric], c.measured[0])
			near(t, name+": high end", row.Bootstrap.Measured.High[metric], c.measured[1])
			near(t, name+": low end of the difference", row.Bootstrap.Difference.Low[metric], c.difference[0])
			near(t, name+": high end of the difference", row.Bootstrap.Difference.High[metric], c.difference[1])
			if row.Told[metric] != c.told {
				t.Errorf("%s: %q, want %q", name, row.Told[metric], c.told)
			}
		}
	}
}

// Detections that are gone, or that are not those that were measured, leave a
// row without a bootstrap, and the report says so.
func TestBootstrapOfOtherDetections(t *testing.T) {
	all := [2]string{found(1, 2), found(1, 2)}
	for want, eql := range map[string][2]string{
		"table11/eql: no bootstrap: evaluate: ":                                  {found(1, 2), ""},
		"table11/eql: no bootstrap: detections.json gives AP 50.495 in the mean": {found(1), found(1)},
	} {
		s, outcomes := twoImages(t, all, eql, map[string]float64{found(1, 2): 1, found(1): 1, "": 1})
		report := s.Summarise(outcomes, nil)
		if err := s.Resample(context.Background(), &report, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], want) {
			t.Errorf("notes %q, want one with %q", report.Notes, want)
		}
		row := report.Tables[0].Rows[1]
		if low := float64(row.Bootstrap.Difference.Low[0]); low == low || row.Told[0] != reproduce.NotTold {
			t.Errorf("the difference has a bootstrap, from %g; verdict %q", low, row.Told[0])
		}
	}
}

func TestBootstrapStops(t *testing.T) {
	all := [2]string{found(1, 2), found(1, 2)}
	s, outcomes := twoImages(t, all, all, map[string]float64{found(1, 2): 1})
	report := s.Summarise(outcomes, nil)
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Resample(ctx, &report, func(done, rows int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

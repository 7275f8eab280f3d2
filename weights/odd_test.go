package weights

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// counted makes a table with the weights of inverse, eq. (5).
func tableOf(names []string, instances []int64) *Table {
	t := &Table{}
	alpha := InverseFrequency(instances)
	for i, name := range names {
		t.Rows = append(t.Rows, Row{Index: int32(i), CategoryID: int64(i), Name: name, Instances: instances[i], Alpha: alpha[i]})
	}
	return t
}

// chess has the counts of a chess set whose bishop is a slip of labelling. With
// n = 2102 instances of 13 classes, α of bishop is 2102/13 = 161.7; that of
// white-queen, 2102/(13·74) = 2.185, is the next: 74 times less.
var (
	chess       = []string{"bishop", "black-bishop", "black-king", "black-knight", "black-pawn", "black-queen", "black-rook", "white-bishop", "white-king", "white-knight", "white-pawn", "white-queen", "white-rook"}
	chessCounts = []int64{1, 97, 121, 136, 431, 86, 142, 125, 129, 148, 478, 74, 134}
)

func TestFarOut(t *testing.T) {
	for _, c := range []struct {
		name  string
		table *Table
		want  []int
		gap   float64
	}{
		{"chess", tableOf(chess, chessCounts), []int{0}, 74},
		{"two slips", tableOf([]string{"a", "b", "c", "d", "e", "f", "g", "h"}, []int64{500, 2, 600, 400, 1, 700, 300, 500}), []int{4, 1}, 150},
		{"gap of 19", tableOf([]string{"a", "b", "c"}, []int64{950, 1000, 50}), nil, 0},
		{"half the classes", tableOf([]string{"a", "b", "c", "d"}, []int64{2000, 2000, 1, 1}), nil, 0},
		{"weights below 10", tableOf([]string{"a", "b"}, []int64{180, 9}), []int{1}, 20}, // 189/(2·9) = 10.5
		{"one class", tableOf([]string{"a"}, []int64{5}), nil, 0},
		{"an unused class", tableOf([]string{"a", "b"}, []int64{5, 0}), nil, 0},
	} {
		got, gap := c.table.FarOut()
		if !slices.Equal(got, c.want) || c.want != nil && (gap < c.gap-1e-9 || gap > c.gap+1e-9) {
			t.Errorf("%s: %v, gap %v, want %v, %v", c.name, got, gap, c.want, c.gap)
		}
	}
	// A clipped weight is out of nobody's range.
	clipped := tableOf(chess, chessCounts)
	clipped.Rows[0].Alpha = 5
	if got, _ := clipped.FarOut(); got != nil {
		t.Errorf("clipped: %v", got)
	}
}

func TestLikeNames(t *testing.T) {
	table := tableOf([]string{"Dog", "dogs", "bicycle", "bicyle", "spoon", "spooon", "dog", "cat", "cat"}, []int64{5, 5, 100, 5, 100, 6, 0, 1, 100})
	// bicyle is a twentieth of bicycle, spooon is more than that of spoon; the two
	// cats are the same name, which is another problem.
	if got, want := table.LikeNames(), [][2]int{{0, 1}, {0, 6}, {1, 6}, {2, 3}}; !slices.Equal(got, want) {
		t.Errorf("pairs %v, want %v", got, want)
	}
	if got, want := tableOf(chess, chessCounts).NearNames(0), []string{"black-bishop", "white-bishop"}; !slices.Equal(got, want) {
		t.Errorf("near bishop: %v, want %v", got, want)
	}
}

// Published long-tailed sets have neither, rare classes of one instance and all.
func TestNothingOddInPublishedCounts(t *testing.T) {
	for _, path := range []string{"coco_train2017/class_counts.json", "coco_lt/class_counts.json", "lvis/lvis_v0.5_train_counts.json", "lvis/lvis_v1_train_counts.json"} {
		data, err := os.ReadFile("../../shared/data/" + path)
		if err != nil {
			t.Skipf("no published counts: %v", err)
		}
		var file struct {
			Classes []struct {
				Name      string
				Instances int64
			}
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		var names []string
		var instances []int64
		for _, c := range file.Classes {
			names, instances = append(names, c.Name), append(instances, c.Instances)
		}
		table := tableOf(names, instances)
		if lines := table.Oddities(5); len(table.Rows) < 80 || len(lines) > 0 {
			t.Errorf("%s: %d classes, %q", path, len(table.Rows), lines)
		}
	}
}

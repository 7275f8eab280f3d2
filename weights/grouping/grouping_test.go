package grouping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cocostat/weights"
	"cocostat/weights/grouping"
)

// table has four classes, of 5000, 300, 90 and 8 instances in 60, 25, 10 and 5 of
// 100 images.
func table() *weights.Table {
	t := &weights.Table{Meta: weights.Metadata{AnnotatedImages: 100}}
	for i, c := range [][2]int64{{5000, 60}, {300, 25}, {90, 10}, {8, 5}} {
		t.Rows = append(t.Rows, weights.Row{CategoryID: int64(10 + i), Name: string(rune('a' + i)), Instances: c[0], Images: c[1], LVISGroup: "rare"})
	}
	return t
}

// By hand: of the 100 (image, class) pairs the two rarest classes have 15, and the
// third frequency is 0.25; of the 5398 instances they have 98.
func TestDivide(t *testing.T) {
	for _, c := range []struct{ method, name, value, want string }{
		{grouping.TailRatio, "", "0.16", "tail-ratio-0.16 [head tail]: head head tail tail"},
		{grouping.TailRatio, "few", "0.04", "few [head tail]: head head head head"},
		{grouping.InstanceRatio, "", "0.02", "instance-tail-ratio-0.02 [head tail]: head head tail tail"},
		{grouping.Top, "", "1", "top-1 [head tail]: head tail tail tail"},
		{grouping.Thresholds, "", "100,1000", "thresholds-100-1000 [[1000,inf) [100,1000) [0,100)]: [1000,inf) [100,1000) [0,100) [0,100)"},
		{grouping.ImageThresholds, "by images", "10", "by images [[10,inf) [0,10)]: [10,inf) [10,inf) [10,inf) [0,10)"},
		{grouping.SimCal, "", "", "simcal [[8000,inf) [400,8000) [20,400) [0,20)]: [400,8000) [20,400) [20,400) [0,20)"},
		{grouping.LVIS, "", "", "lvis [frequent common rare]: rare rare rare rare"},
	} {
		r, err := grouping.NewRule(c.method, c.name, c.value)
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Divide(table())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %v: %s", d.Name, d.Groups, strings.Join(d.Classes, " ")); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.method, c.value, got, c.want)
		}
		if c.value == "0.16" {
			if d.Split.Lambda != 0.25 || d.Split.Reached != 0.15 || d.Parameters["target"] != 0.16 || d.Parameters["centric"] != weights.CentricImage {
				t.Errorf("split %+v, parameters %v", d.Split, d.Parameters)
			}
			if got := fmt.Sprint(d.Contents(table())); got != fmt.Sprintf("[{head 2 5300 %v 85 0.85 300 5000 [10 11]} {tail 2 98 %v 15 0.15 8 90 [12 13]}]", 5300./5398, 98./5398) {
				t.Errorf("contents %s", got)
			}
		}
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	for rule, want := range map[[2]string]string{
		{grouping.TailRatio, "1.5"}: "not a number in [0, 1]", {grouping.InstanceRatio, "NaN"}: "not a number in [0, 1]",
		{grouping.Top, "-1"}: "not a number of classes", {grouping.Thresholds, "4,x"}: `"x" is no whole number`, {grouping.Thresholds, "4,3"}: "must ascend",
		{"median", ""}: `there is no rule "median"`,
	} {
		if r, err := grouping.NewRule(rule[0], "", rule[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", rule, r, err, want)
		}
	}
	bare := table()
	bare.Meta = weights.Metadata{Counted: weights.CountedTable}
	r, _ := grouping.NewRule(grouping.TailRatio, "", "0.1")
	if d, err := r.Divide(bare); !errors.Is(err, grouping.ErrNoImages) {
		t.Errorf("without images: %+v, %v", d, err)
	}
}

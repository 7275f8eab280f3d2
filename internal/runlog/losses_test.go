package runlog_test

import (
	"reflect"
	"testing"

	"cocostat/internal/runlog"
)

// Losses are read as they were written, whatever parts a detector has and
// whatever stands around them.
func TestLossesComeBack(t *testing.T) {
	want := runlog.Losses{Total: 2.5, Parts: []runlog.Part{{Name: "class", Value: 1e-300}, {Name: "box", Value: 0.25}, {Name: "centreness", Value: 0}}}
	text, err := want.AppendJSON([]byte(`{"epoch":3`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); got != `{"epoch":3,"loss":2.5,"loss_class":1e-300,"loss_box":0.25,"loss_centreness":0` {
		t.Errorf("written as %s", got)
	}
	got := runlog.Losses{Total: 7, Parts: []runlog.Part{{Name: "old", Value: 1}}}
	if err := got.ReadJSON(append(text, `,"time":{"loss":9,"loss_x":[1]},"val":null}`...)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read as %+v, want %+v", got, want)
	}
	for _, bad := range []string{`{"loss":"a"}`, `{"loss_box":{}}`, `{"loss":1`, ``} {
		if err := got.ReadJSON([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// By hand: means of 2 and 4, then of 2, 4 and 9.
func TestNextMean(t *testing.T) {
	loss := func(v float64) runlog.Losses {
		return runlog.Losses{Total: v, Parts: []runlog.Part{{Name: "a", Value: 10 * v}}}
	}
	mean := runlog.Losses{}.Next(loss(2), 1).Next(loss(4), 2).Next(loss(9), 3)
	if mean.Total != 5 || mean.Part("a") != 50 || mean.Part("b") != 0 {
		t.Errorf("means %+v, want 5 and 50", mean)
	}
}

package eval

import (
	"fmt"
	"strings"

	"cocostat/evaluate"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// lvisLeft is how many detections the rules of LVIS leave out, each for the
// first reason that holds.
type lvisLeft struct {
	OverLimit int `json:"over_limit"`   // beyond the best of their image
	Unchecked int `json:"not_searched"` // of classes that their image was not searched for
	Flat      int `json:"without_area"`
}

// newEvalDetections describes the detections of a file. Those that are not
// evaluated have errors, are of other images or classes, or are left out by the
// rules of LVIS.
func newEvalDetections(f *evaluate.DetectionFile, r *evaluate.Result) evalDetections {
	d := evalDetections{Source: f.Source, Read: f.Read, Evaluated: len(f.Detections) - r.SkippedDetections,
		Images: len(f.Images), MatchedBy: f.Matched.String(), How: f.How}
	if r.Params.LVIS != nil {
		d.LVIS = &lvisLeft{r.LVIS.OverLimit, r.LVIS.Unchecked, r.LVIS.Flat}
		d.Evaluated -= d.LVIS.total()
	}
	return d
}

func (l *lvisLeft) total() int { return l.OverLimit + l.Unchecked + l.Flat }

// line says what is left out and why.
func (l *lvisLeft) line() string {
	parts := []string{textable.Integer(l.Unchecked) + " of classes that their image was not searched for"}
	if l.OverLimit > 0 {
		parts = append(parts, textable.Integer(l.OverLimit)+" beyond the limit of their image")
	}
	if l.Flat > 0 {
		parts = append(parts, textable.Integer(l.Flat)+" without an area")
	}
	return fmt.Sprintf("left out      %s: %s", output.Plural(l.total(), "detection"), strings.Join(parts, ", "))
}

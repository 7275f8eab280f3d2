package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/evaluate"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// evalSummary is the twelve numbers of COCO in its order, or the thirteen of
// LVIS, without those of area ranges that are not evaluated and with those of
// others.
type evalSummary []summaryNumber

// summaryNumber is a mean over all classes that have objects.
type summaryNumber struct {
	Name    string
	IoU     string
	Area    string
	MaxDets int
	Value   output.Real // NaN where there is none: pycocotools' -1
}

// MarshalJSON writes an object of the values by name.
func (s evalSummary) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, n := range s {
		value, err := json.Marshal(n.Value)
		if err != nil {
			return nil, err
		}
		before := ","
		if i == 0 {
			before = "{"
		}
		fmt.Fprintf(&b, "%s%q:%s", before, n.Name, value)
	}
	return append(b.Bytes(), '}'), nil
}

// cocoNumbers are the names of COCO's numbers and what they are made from.
var cocoNumbers = [12]struct {
	name, area string
	iou        float64 // 0: all
	limit      int     // place in MaxDets; 2: the largest
}{
	evaluate.AP:       {"AP", "all", 0, 2},
	evaluate.AP50:     {"AP50", "all", 0.5, 2},
	evaluate.AP75:     {"AP75", "all", 0.75, 2},
	evaluate.APSmall:  {"APs", "small", 0, 2},
	evaluate.APMedium: {"APm", "medium", 0, 2},
	evaluate.APLarge:  {"APl", "large", 0, 2},
	evaluate.AR1:      {"AR", "all", 0, 0},
	evaluate.AR10:     {"AR", "all", 0, 1},
	evaluate.AR100:    {"AR", "all", 0, 2},
	evaluate.ARSmall:  {"ARs", "small", 0, 2},
	evaluate.ARMedium: {"ARm", "medium", 0, 2},
	evaluate.ARLarge:  {"ARl", "large", 0, 2},
}

func newEvalSummary(r *evaluate.Result) evalSummary {
	if r.Params.LVIS != nil {
		return lvisSummary(r)
	}
	p := &r.Params
	last := len(p.MaxDets) - 1
	all := iouRange(p.IoUThresholds)
	var out evalSummary
	for i, v := range r.Stats() {
		part := cocoNumbers[i]
		limit := p.MaxDets[last]
		if part.limit < 2 {
			if part.limit >= last {
				continue // the number at the largest limit stands below
			}
			limit = p.MaxDets[part.limit]
		}
		if !slices.ContainsFunc(p.Areas, func(a evaluate.AreaRange) bool { return a.Name == part.area }) {
			continue
		}
		n := summaryNumber{Name: part.name, IoU: all, Area: part.area, MaxDets: limit, Value: positive(v)}
		if part.iou > 0 {
			n.IoU = fmt.Sprintf("%.2f", part.iou)
		}
		if part.name == "AR" {
			n.Name += strconv.Itoa(limit)
		}
		out = append(out, n)
	}
	return append(out, ownAreas(r)...)
}

// lvisParts are what the letters after AP and AR stand for.
var lvisParts = map[string]string{"s": "small", "m": "medium", "l": "large",
	"r": "all, rare classes", "c": "all, common classes", "f": "all, frequent classes"}

// lvisSummary names what a number is a mean of by its name's ending.
func lvisSummary(r *evaluate.Result) evalSummary {
	p := &r.Params
	limit := p.MaxDets[len(p.MaxDets)-1]
	var out evalSummary
	for i, v := range r.LVISStats() {
		name := evaluate.LVISStatNames[i]
		n := summaryNumber{Name: name, IoU: iouRange(p.IoUThresholds), Area: "all", MaxDets: limit, Value: positive(v)}
		switch {
		case i == evaluate.LVISAP50:
			n.IoU = "0.50"
		case i == evaluate.LVISAP75:
			n.IoU = "0.75"
		}
		n.Name = strings.TrimSuffix(name, "@300")
		if area, ok := lvisParts[n.Name[2:]]; ok {
			n.Area = area
		}
		out = append(out, n)
	}
	return append(out, ownAreas(r)...)
}

// ownAreas returns AP and AR of the area ranges that are not COCO's.
func ownAreas(r *evaluate.Result) evalSummary {
	known := evaluate.DefaultAreas()
	limits := r.Params.MaxDets
	var out evalSummary
	for _, a := range r.Params.Areas {
		if slices.ContainsFunc(known, func(b evaluate.AreaRange) bool { return a.Name == b.Name }) {
			continue
		}
		n := summaryNumber{IoU: iouRange(r.Params.IoUThresholds), Area: a.Name, MaxDets: limits[len(limits)-1]}
		n.Name, n.Value = "AP "+a.Name, output.Real(r.All().Precision(evaluate.Part{Area: a.Name}))
		out = append(out, n)
		n.Name, n.Value = "AR "+a.Name, output.Real(r.All().Recall(evaluate.Part{Area: a.Name}))
		out = append(out, n)
	}
	return out
}

// positive returns NaN for pycocotools' −1.
func positive(v float64) output.Real {
	if v < 0 {
		return output.Real(math.NaN())
	}
	return output.Real(v)
}

// iouRange writes thresholds in short: 0.50:0.95.
func iouRange(t []float64) string {
	if len(t) == 1 {
		return fmt.Sprintf("%.2f", t[0])
	}
	return fmt.Sprintf("%.2f:%.2f", t[0], t[len(t)-1])
}

func (s evalSummary) table() *textable.Table {
	w := textable.New("", "IoU", "area", ">max dets", ">value")
	for _, n := range s {
		w.Add(n.Name, n.IoU, n.Area, textable.Integer(n.MaxDets), textable.Decimal(float64(n.Value), 3))
	}
	return w
}

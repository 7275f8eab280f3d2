package main

import (
	"fmt"
	"math"
	"strconv"

	"cocostat/evaluate"
	"cocostat/internal/textable"
)

// evalSummary is the twelve numbers of COCO, in its order.
type evalSummary []summaryNumber

// summaryNumber is a mean over all classes that have objects.
type summaryNumber struct {
	Name    string `json:"name"`
	IoU     string `json:"iou"`
	Area    string `json:"area"`
	MaxDets int    `json:"max_dets"`
	Value   real   `json:"value"` // null where there is none: pycocotools' -1
}

// summaryParts are the names of the twelve numbers and what they are made from.
var summaryParts = [12]struct {
	name, area string
	iou        float64 // 0: all
	limit      int     // place in MaxDets, the last one if there are less
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
	p := &r.Params
	last := len(p.MaxDets) - 1
	all := iouRange(p.IoUThresholds)
	var out evalSummary
	for i, v := range r.Stats() {
		part := summaryParts[i]
		limit := p.MaxDets[last]
		if part.limit < 2 {
			if part.limit >= last && last < 2 {
				continue // the number at the largest limit stands below
			}
			limit = p.MaxDets[part.limit]
		}
		n := summaryNumber{Name: part.name, IoU: all, Area: part.area, MaxDets: limit, Value: real(v)}
		if part.iou > 0 {
			n.IoU = fmt.Sprintf("%.2f", part.iou)
		}
		if part.name == "AR" {
			n.Name = "AR" + strconv.Itoa(limit)
		}
		if v < 0 {
			n.Value = real(math.NaN())
		}
		out = append(out, n)
	}
	return out
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

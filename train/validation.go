package train

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/evaluate"
	"cocostat/lt"
	"cocostat/train/data"
	"cocostat/train/detector"
)

// Validation is a set that a network is evaluated on.
type Validation struct {
	Path    string // of the annotations
	set     *data.Set
	classes []Class
	truths  []evaluate.Truth
	params  evaluate.Params
	left    int64 // annotations of classes that are left out

	detections []evaluate.Detection // of the last run
}

// OpenValidation reads a validation set whose images lie in the folder images,
// or where the conventions put them if that is empty. Its categories must be
// classes, apart from those that were left out of the training or merged: what was
// done to them there is done to the set, too.
func OpenValidation(ctx context.Context, path, images string, classes []Class, made annotations.Selected) (*Validation, error) {
	d, err := dataset.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	known := categoriesOf(classes)
	left, err := selectClasses(d, made.Resolve(d.Categories, known, nil))
	if err != nil {
		return nil, err
	}
	if made.By == annotations.ByNames {
		d.Categories = known // of which the set may lack some
	}
	if err := sameClasses(d.Categories, classes); err != nil {
		return nil, fmt.Errorf("train: %s: %w", path, err)
	}
	if images == "" {
		if images, err = data.FindImages(path); err != nil {
			return nil, err
		}
	}
	v := &Validation{Path: path, classes: classes, left: left}
	if v.set, err = data.NewSet(d, images); err != nil {
		return nil, err
	}
	v.truths, v.params = evaluate.FromDataset(d)
	return v, nil
}

// fingerprint is that of the images and boxes; empty if there is no set.
func (v *Validation) fingerprint() string {
	if v == nil {
		return ""
	}
	return v.set.Fingerprint()
}

// sameClasses says how the categories of a dataset differ from the classes.
func sameClasses(categories []annotations.Category, classes []Class) error {
	if len(categories) != len(classes) {
		return fmt.Errorf("the dataset has %d categories, the network %d classes", len(categories), len(classes))
	}
	for i, c := range categories {
		if c.ID != classes[i].ID || c.Name != classes[i].Name {
			return fmt.Errorf("category %d %q stands where the network has class %d %q: it was trained on other classes", c.ID, c.Name, classes[i].ID, classes[i].Name)
		}
	}
	return nil
}

// Evaluation is a network's result on a validation set.
type Evaluation struct {
	Scores     Scores               `json:"scores"`
	Stats      [12]Score            `json:"coco"` // the twelve numbers of COCO, in its order
	Classes    []ClassScores        `json:"classes"`
	Detections []evaluate.Detection `json:"-"`
}

// ClassScores are the AP of one class.
type ClassScores struct {
	Class
	Truths int   `json:"truths"` // objects in the validation set, crowds left out
	AP     Score `json:"ap"`
	AP50   Score `json:"ap50"`
	AP75   Score `json:"ap75"`
}

// topDetections are those of an image that are evaluated, as COCO does.
const topDetections = 100

// run returns the detections on v, the best 100 of each image. They are valid
// until the next run.
func (s *search) run(ctx context.Context, v *Validation, tick func(done, total int)) ([]evaluate.Detection, error) {
	v.detections = v.detections[:0]
	err := s.over(ctx, v.set, detector.Limits{Top: topDetections}, func(batch []Prediction) error {
		for _, p := range batch {
			for _, b := range p.Boxes {
				d := evaluate.Detection{
					ImageID: v.set.Items[p.Index].ID, CategoryID: v.classes[b.Class].ID,
					BBox: [4]float64{b.X, b.Y, b.W, b.H}, Score: float64(b.Score),
				}
				if s.round {
					round(&d)
				}
				v.detections = append(v.detections, d)
			}
			tick(p.Index+1, len(v.set.Items))
		}
		return nil
	})
	return v.detections, err
}

// round gives a detection the decimals that CenterNet writes: two for its score
// and for left, top, width and height of its box.
func round(d *evaluate.Detection) {
	d.Score = decimals(d.Score)
	for i, v := range d.BBox {
		d.BBox[i] = decimals(v)
	}
}

// decimals returns v as it is read when it was written with two decimals.
func decimals(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'f', 2, 64), 64) // its own text
	return v
}

// score evaluates detections on v.
func (v *Validation) score(detections []evaluate.Detection) (*Evaluation, error) {
	r, err := evaluate.Evaluate(v.truths, detections, v.params)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Detections: detections}
	for i, s := range r.Stats() {
		e.Stats[i] = score(s)
	}
	e.Scores = Scores{AP: e.Stats[0], AP50: e.Stats[1], AP75: e.Stats[2], APSmall: e.Stats[3], APMedium: e.Stats[4], APLarge: e.Stats[5]}
	e.Scores.APTail = Score(r.GroupAP(v.group(lt.Tail)))
	e.Scores.APHead = Score(r.GroupAP(v.group(lt.Head)))
	truths := map[int64]int{}
	for _, t := range v.truths {
		if !t.Crowd {
			truths[t.CategoryID]++
		}
	}
	for _, c := range v.classes {
		ap := r.ClassAP(c.ID)
		e.Classes = append(e.Classes, ClassScores{c, truths[c.ID], Score(ap.AP), Score(ap.AP50), Score(ap.AP75)})
	}
	return e, nil
}

// score turns COCO's -1 for "nothing to measure" into NaN.
func score(s float64) Score {
	if s < 0 {
		return Score(math.NaN())
	}
	return Score(s)
}

func (v *Validation) group(name string) (ids []int64) {
	for _, c := range v.classes {
		if c.Group == name {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

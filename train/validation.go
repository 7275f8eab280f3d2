package train

import (
	"context"
	"fmt"
	"math"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/lt"
	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/train/target"
	"cocostat/train/torchx"
)

// Validation is a set that a network is evaluated on.
type Validation struct {
	Path    string // of the annotations
	set     *data.Set
	classes []Class
	truths  []evaluate.Truth
	params  evaluate.Params
}

// OpenValidation reads a validation set whose images lie in the folder images,
// or where the conventions put them if that is empty. Its categories must be
// classes.
func OpenValidation(ctx context.Context, path, images string, classes []Class) (*Validation, error) {
	d, err := annotations.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := sameClasses(d.Categories, classes); err != nil {
		return nil, fmt.Errorf("train: %s: %w", path, err)
	}
	if images == "" {
		if images, err = data.FindImages(path); err != nil {
			return nil, err
		}
	}
	v := &Validation{Path: path, classes: classes}
	if v.set, err = data.NewSet(d, images); err != nil {
		return nil, err
	}
	v.truths, v.params = evaluate.FromDataset(d)
	return v, nil
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

// detector runs a network over a validation set.
type detector struct {
	net       *model.CenterNet
	device    string
	side      int
	batch     int
	workers   int
	detection []evaluate.Detection
	decoder   target.Decoder
	maps      [3][]float32
	found     []target.Detection
}

// run returns the detections on v, the best 100 of each image.
func (d *detector) run(ctx context.Context, v *Validation, tick func(done, total int)) ([]evaluate.Detection, error) {
	opt := data.EvalOptions(d.side, d.batch)
	opt.Workers = d.workers
	loader, err := data.NewLoader(v.set, opt)
	if err != nil {
		return nil, err
	}
	d.detection = d.detection[:0]
	d.net.SetTraining(false)
	defer d.net.SetTraining(true)
	done := 0
	for b, err := range loader.Epoch(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if err := d.detect(b, v.classes); err != nil {
			return nil, err
		}
		done += b.N
		tick(done, len(v.set.Items))
	}
	return d.detection, nil
}

// detect appends the detections of a batch.
func (d *detector) detect(b *data.Batch, classes []Class) error {
	if err := torchx.Step(func() (err error) {
		torchx.NoGrad(func() { err = d.forward(b, len(classes)) })
		return err
	}); err != nil {
		return err
	}
	cells := (d.side / target.Stride) * (d.side / target.Stride)
	side := d.side / target.Stride
	for k := range b.N {
		if b.Replaced[k] {
			continue // a bad image has no detections
		}
		d.found = d.decoder.Decode(d.found[:0],
			part(d.maps[0], k, len(classes)*cells), part(d.maps[1], k, 2*cells), part(d.maps[2], k, 2*cells),
			side, side, target.TopK, 0)
		back := b.Transforms[k].Inverse()
		for _, f := range d.found {
			x, y, w, h := back.Box(float64(f.X), float64(f.Y), float64(f.W), float64(f.H))
			d.detection = append(d.detection, evaluate.Detection{
				ImageID: b.ImageIDs[k], CategoryID: classes[f.Class].ID,
				BBox: [4]float64{x, y, w, h}, Score: float64(f.Score),
			})
		}
	}
	return nil
}

// forward reads the three maps of a batch into d.maps.
func (d *detector) forward(b *data.Batch, classes int) error {
	n, side := int64(b.N), int64(d.side)
	images, err := torchx.FromFloats(b.Images, []int64{n, 3, side, side}, d.device, torchx.ChannelsLast)
	if err != nil {
		return err
	}
	out := d.net.Forward(images)
	heat := torchx.Sigmoid(out.Heatmap)
	defer torchx.Release(images, heat, out.Heatmap, out.Size, out.Offset)
	cells := int(side/target.Stride) * int(side/target.Stride)
	for i, m := range []struct {
		t     torchx.Tensor
		depth int
	}{{heat, classes}, {out.Size, 2}, {out.Offset, 2}} {
		d.maps[i] = grow(d.maps[i], b.N*m.depth*cells)
		if err := torchx.Read(m.t, d.maps[i]); err != nil {
			return err
		}
	}
	return nil
}

func part(x []float32, i, n int) []float32 { return x[i*n : (i+1)*n] }

func grow(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
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

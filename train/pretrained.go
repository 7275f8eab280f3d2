package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/statedict"
	"cocostat/internal/textable"
	"cocostat/train/data"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Mean and deviation of the input, R G B in [0, 1], that torchvision's weights
// were trained with.
var (
	imageNetMean = [3]float64{0.485, 0.456, 0.406}
	imageNetStd  = [3]float64{0.229, 0.224, 0.225}
)

const backbonePrefix = "backbone."

// PretrainedReport says what LoadPretrained did.
type PretrainedReport struct {
	Path    string
	Loaded  []string // entries of the network that were taken from the file
	Numbers int      // in these
	Fresh   []string // entries of the network that the file lacks: they keep their values
	Unused  []string // tensors of the file that the network has no use for
	Adapted bool     // the first layer was adapted to our normalisation of images
}

// Notes tells the report in a few lines.
func (r PretrainedReport) Notes() []string {
	notes := []string{fmt.Sprintf("%s: %d tensors loaded, %s numbers", r.Path, len(r.Loaded), textable.Integer(r.Numbers))}
	add := func(names []string, what string) {
		if len(names) > 0 {
			notes = append(notes, fmt.Sprintf("%d %s: %s", len(names), what, families(names)))
		}
	}
	add(r.Unused, "tensors of the file not used")
	add(r.Fresh, "tensors of the network not in the file, left as they were")
	if r.Adapted {
		notes = append(notes, "the first layer was adapted from ImageNet's mean and deviation of images to ours")
	}
	return notes
}

// families sums names up: those of a layer as features.18.*, counters of a
// kind as *.num_batches_tracked.
func families(names []string) string {
	var order []string
	count := map[string]int{}
	for _, name := range names {
		family := name
		if parts := strings.Split(name, "."); strings.HasSuffix(name, ".num_batches_tracked") {
			family = "*.num_batches_tracked"
		} else if len(parts) > 1 {
			n := 1
			if slices.Contains([]string{"features", "heads", "head", "neck", "fpn", "adam", "sgd"}, parts[0]) {
				n = 2
			}
			family = strings.Join(parts[:n], ".") + ".*"
		}
		if count[family] == 0 {
			order = append(order, family)
		}
		count[family]++
	}
	const most = 12
	for i, family := range order {
		if n := count[family]; n > 1 {
			order[i] = fmt.Sprintf("%s (%d)", family, n)
		}
	}
	if len(order) > most {
		order = append(order[:most], fmt.Sprintf("and %d more", len(order)-most))
	}
	return strings.Join(order, ", ")
}

// LoadPretrained gives the entries of a network the tensors of a file that fit it
// by name and shape: the backbone as torchvision, or the authors of DLA, have it,
// or a checkpoint of this program, of which the neck and heads are taken as well,
// as far as they fit. The file is safetensors or of PyTorch's torch.save. Prefixes
// that wrappers of a network add, such as "module.", do not count.
//
// It fails, and leaves the network as it was, if nothing of the backbone is in the
// file, if a tensor of the backbone has another shape (another backbone, or one of
// another width), if a ResNet of the file has other numbers of blocks, or if a
// number is not finite.
//
// Torchvision's weights expect R, G, B, as ours, but other means and
// deviations: x' = a·x + b per channel. Both go into the first layer, its
// weights times a, and what b adds off the running mean that follows; the
// features of an image are then those of torchvision, but that what lies beyond
// the image's edge is our mean colour, not ImageNet's.
func LoadPretrained(entries []layer.Entry, path string) (PretrainedReport, error) {
	report := PretrainedReport{Path: path}
	d, err := statedict.Read(path)
	if err != nil {
		return report, fmt.Errorf("train: pretrained weights: %w", err)
	}
	if err := verifyPart(path, d.Metadata); err != nil {
		return report, fmt.Errorf("train: pretrained weights: %s: %w", path, err)
	}
	values, err := report.match(entries, d)
	if err != nil {
		return report, fmt.Errorf("train: pretrained weights: %s: %w", path, err)
	}
	if !ours(d) {
		report.Adapted = adapt(entries, values)
	}
	for _, e := range entries {
		if v := values[e.Name]; v != nil {
			if err := torchx.Write(e.Tensor, v); err != nil {
				return report, err
			}
		}
	}
	return report, nil
}

// OwnNetwork reports whether a file of first weights is of a network of this
// program, and so none of torchvision's.
func OwnNetwork(path string) (bool, error) {
	d, err := statedict.Read(path)
	if err != nil {
		return false, fmt.Errorf("train: pretrained weights: %w", err)
	}
	return ours(d), nil
}

// ours reports whether a file's network is one of this program, whose first
// layer expects our normalisation: also where another program wrote it again
// without the metadata, or only its backbone with them.
func ours(d *statedict.Dict) bool {
	return isCheckpoint(d.Metadata[keyFormat]) || slices.ContainsFunc(d.Tensors, func(t statedict.Tensor) bool {
		name := canonical(strings.TrimPrefix(t.Name, averagePrefix))
		return strings.HasPrefix(name, "heads.heatmap.") || strings.HasPrefix(name, "fpn.")
	})
}

// match finds the values for the network's entries and completes the report.
func (r *PretrainedReport) match(all []layer.Entry, d *statedict.Dict) (map[string][]float32, error) {
	entries := map[string]layer.Entry{}
	for _, e := range all {
		entries[e.Name] = e
	}
	values := map[string][]float32{}
	averaged := isCheckpoint(d.Metadata[keyFormat]) && slices.ContainsFunc(d.Tensors, func(t statedict.Tensor) bool { return strings.HasPrefix(t.Name, averagePrefix) })
	for _, t := range d.Tensors {
		name := canonical(t.Name)
		if _, has := entries[backbonePrefix+name]; has {
			name = backbonePrefix + name
		}
		if averaged { // the averaged network is the one to use
			var isAverage bool
			if name, isAverage = strings.CutPrefix(t.Name, averagePrefix); !isAverage {
				r.Unused = append(r.Unused, t.Name)
				continue
			}
		}
		e, has := entries[name]
		inBackbone := strings.HasPrefix(name, backbonePrefix)
		switch {
		case has && values[name] != nil:
			return nil, fmt.Errorf("it holds %s twice", t.Name)
		case has && slices.Equal(e.Shape, t.Shape):
			v := t.Floats()
			if !finite(v) {
				return nil, fmt.Errorf("tensor %s holds numbers that are not finite", t.Name)
			}
			values[name] = v
			r.Numbers += len(v)
		case has && inBackbone:
			return nil, fmt.Errorf("tensor %s has shape %v, the network's is %v: the weights are of another backbone or of another width; torchvision's own are for --width 1", t.Name, t.Shape, e.Shape)
		default:
			r.Unused = append(r.Unused, strings.TrimPrefix(name, backbonePrefix))
		}
	}
	backbone := 0
	for _, e := range all {
		if values[e.Name] == nil {
			r.Fresh = append(r.Fresh, e.Name)
			continue
		}
		r.Loaded = append(r.Loaded, e.Name)
		if strings.HasPrefix(e.Name, backbonePrefix) {
			backbone++
		}
	}
	if backbone == 0 {
		return nil, noneFits(all, d)
	}
	return values, sameBlocks(all, d)
}

// noneFits says what the file holds instead of a backbone.
func noneFits(entries []layer.Entry, d *statedict.Dict) error {
	if len(d.Tensors) == 0 {
		return errors.New("it holds no tensors")
	}
	var names []string
	for _, t := range d.Tensors[:min(3, len(d.Tensors))] {
		names = append(names, t.Name)
	}
	return fmt.Errorf("none of its %d tensors belongs to the backbone: they are called %s, …; the backbone's are %s, …: give a file of the same backbone",
		len(d.Tensors), strings.Join(names, ", "), strings.TrimPrefix(entries[0].Name, backbonePrefix))
}

// sameBlocks reports a file of another ResNet: those of ResNet-18 and 34, and of
// 50 and 101, have the same names and shapes, but other numbers of blocks.
func sameBlocks(entries []layer.Entry, d *statedict.Dict) error {
	network, file := map[string]int{}, map[string]int{}
	for _, e := range entries {
		countBlock(network, e.Name)
	}
	for _, t := range d.Tensors {
		countBlock(file, canonical(strings.TrimPrefix(t.Name, averagePrefix)))
	}
	for _, stage := range []string{"layer1", "layer2", "layer3", "layer4"} {
		if n, m := network[stage], file[stage]; n > 0 && m > 0 && n != m {
			return fmt.Errorf("its %s has %d blocks, the network's has %d: the weights are of another ResNet: choose its --backbone", stage, m, n)
		}
	}
	return nil
}

// countBlock notes the number of blocks that a name like layer3.5.conv1.weight
// tells its stage to have at least.
func countBlock(blocks map[string]int, name string) {
	parts := strings.Split(strings.TrimPrefix(name, backbonePrefix), ".")
	if len(parts) < 2 || !strings.HasPrefix(parts[0], "layer") {
		return
	}
	if n, err := strconv.Atoi(parts[1]); err == nil {
		blocks[parts[0]] = max(blocks[parts[0]], n+1)
	}
}

// canonical takes the prefixes of wrappers off the name of a tensor.
func canonical(name string) string {
	for cut := true; cut; {
		cut = false
		for _, wrapper := range []string{"module.", "model.", "_orig_mod."} {
			if rest, has := strings.CutPrefix(name, wrapper); has {
				name, cut = rest, true
			}
		}
	}
	return name
}

func finite(values []float32) bool {
	for _, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}

// firstLayer returns the names of the backbone's first weight and of the running
// mean that follows it: entries have the order of the network.
func firstLayer(entries []layer.Entry) (weight, mean string) {
	for _, e := range entries {
		switch {
		case !strings.HasPrefix(e.Name, backbonePrefix):
		case weight == "":
			weight = e.Name
		case strings.HasSuffix(e.Name, ".running_mean"):
			return weight, e.Name
		}
	}
	return weight, mean
}

// adapt makes the first layer, out×3×3×3, for images in our normalisation, and
// reports whether it was there to be adapted.
func adapt(entries []layer.Entry, values map[string][]float32) bool {
	first, norm := firstLayer(entries)
	weight, means := values[first], values[norm]
	if weight == nil || means == nil {
		return false
	}
	mean, std := data.Normalisation()
	each := len(weight) / len(means)
	for o := range means {
		shift := 0.0
		for c := range 3 {
			kernel := weight[o*each+c*each/3:][:each/3]
			for i, w := range kernel {
				shift += float64(w) * (mean[c] - imageNetMean[c]) / imageNetStd[c]
				kernel[i] = float32(float64(w) * std[c] / imageNetStd[c])
			}
		}
		means[o] = float32(float64(means[o]) - shift)
	}
	return true
}

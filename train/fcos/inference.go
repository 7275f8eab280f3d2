package fcos

import (
	"errors"
	"math"
	"slices"

	"cocostat/train/detector"
	"cocostat/train/internal/buffer"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// inference is an FCOS that finds objects. It looks for boxes only on those levels of
// images where a class is probable enough at some cell.
type inference struct {
	Detector
	folder  layer.Folder
	decoder Decoder
	images  int
	limits  detector.Limits
	grid    Grid
	maps    Maps      // of all images: N×C×A, N×A, N×4×A; distances only where they are looked at
	part    []float32 // of a level
}

// Inference returns the network for finding objects alone.
func (d *Detector) Inference() detector.Inference {
	i := &inference{Detector: *d}
	f := &i.folder
	i.body, i.pyramid, i.head = d.body.Fold(f), d.pyramid.fold(f), d.head.fold(f)
	return i
}

// Release gives its memory back.
func (i *inference) Release() { i.folder.Release() }

// Look runs the network. It refuses mirror images: their cells are not those of the
// images mirrored where a level has an odd number of columns, as P6 and P7 can.
func (i *inference) Look(images, mirrored torchx.Tensor, l detector.Limits) error {
	if mirrored.T != nil {
		return errors.New("fcos: mirrored images cannot count as well, their cells lie elsewhere: detect without them")
	}
	shape, err := torchx.Shape(images)
	if err != nil {
		return err
	}
	if i.grid, err = NewGrid(int(shape[3]), int(shape[2])); err != nil {
		return err
	}
	i.images, i.limits = int(shape[0]), l
	i.maps.Logits = buffer.Resized(i.maps.Logits, i.images*i.classes*i.grid.Cells)
	i.maps.Centreness = buffer.Resized(i.maps.Centreness, i.images*i.grid.Cells)
	i.maps.Distances = buffer.Resized(i.maps.Distances, i.images*4*i.grid.Cells)
	for k, x := range i.pyramid.forward(i.taken(images)) {
		err := i.level(k, x)
		if torchx.Release(x); err != nil {
			return err
		}
	}
	return nil
}

// level looks at level k of the pyramid.
func (i *inference) level(k int, x torchx.Tensor) error {
	logits, centreness := i.head.look(x)
	defer torchx.Release(logits, centreness)
	all := make([]int64, i.images)
	for n := range all {
		all[n] = int64(n)
	}
	if err := i.read(i.maps.Logits, i.classes, k, all, logits); err != nil {
		return err
	}
	if err := i.read(i.maps.Centreness, 1, k, all, centreness); err != nil {
		return err
	}
	promising := slices.DeleteFunc(all, func(n int64) bool { return !i.promises(int(n), i.grid.Levels[k]) })
	if len(promising) == 0 {
		return nil
	}
	if len(promising) < i.images {
		x = torchx.Images(x, promising)
		defer torchx.Release(x)
	}
	distances := i.head.reach(x, k)
	defer torchx.Release(distances)
	return i.read(i.maps.Distances, 4, k, promising, distances)
}

// read copies a level of some images, depth numbers a cell, to the maps of all.
func (i *inference) read(to []float32, depth, k int, images []int64, x torchx.Tensor) error {
	level := i.grid.Levels[k]
	i.part = buffer.Resized(i.part, len(images)*depth*level.Cells())
	if err := torchx.Read(x, i.part); err != nil {
		return err
	}
	part := i.part
	for _, n := range images {
		for d := range depth {
			copy(to[(int(n)*depth+d)*i.grid.Cells+level.First:], part[:level.Cells()])
			part = part[level.Cells():]
		}
	}
	return nil
}

// promises reports whether a cell of a level of image n can give a detection.
func (i *inference) promises(n int, level Level) bool {
	least := max(i.config.Test.Threshold, i.config.Test.leastClass(float64(i.limits.Threshold)))
	x := float32(math.Log(least / (1 - least)))
	logits := buffer.Part(i.maps.Logits, n, i.images)
	for at := level.First; at < len(logits); at += i.grid.Cells {
		if slices.ContainsFunc(logits[at:at+level.Cells()], func(v float32) bool { return v > x }) {
			return true
		}
	}
	return false
}

// Find decodes the predictions for image pos.
func (i *inference) Find(dst []detector.Found, pos int, inside [4]float64) []detector.Found {
	m := Maps{
		Logits: buffer.Part(i.maps.Logits, pos, i.images), Centreness: buffer.Part(i.maps.Centreness, pos, i.images), Distances: buffer.Part(i.maps.Distances, pos, i.images),
	}
	return i.decoder.Decode(dst, i.grid, m, inside, i.config.Test, i.limits)
}

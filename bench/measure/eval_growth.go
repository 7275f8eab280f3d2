package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
)

// growthPeers are the libraries that are fast enough to show the growth of.
var growthPeers = []string{"hotcoco", "ultrafast-pycocotools", "vernier"}

// lvisClasses is the number of classes of LVIS, COCO's being 80, and
// v3detClasses that of V3Det, whose validation set bench/detections imitates.
const lvisClasses, v3detClasses = 1203, 13204

// mostInScene is the largest number of detections with so many classes: some of
// the libraries take 6 GB for them, and 2 GB for each further million.
const mostInScene = 1_000_000

// evalCell is a size of input and what the programs took for it.
type evalCell struct {
	input    *evalInput
	programs []*program // cocostat, then growthPeers
}

// evalGrowth measures with 10⁴, 10⁵, … detections of the truth's classes, of as
// many as LVIS has, and of as many as V3Det has, in its images.
func (b *bench) evalGrowth(ctx context.Context, t *tools, in *evalInput) ([]evalCell, error) {
	many := filepath.Join(b.dir, fmt.Sprintf("%s-%d-classes.json", trimExt(filepath.Base(in.truth)), lvisClasses))
	if err := b.makeFile(ctx, many, t.detections, "truth", "-classes", strconv.Itoa(lvisClasses), in.truth); err != nil {
		return nil, err
	}
	most := filepath.Join(b.dir, fmt.Sprintf("scene-%d-classes.json", v3detClasses))
	if err := b.makeFile(ctx, most, t.detections, "scene", "-classes", strconv.Itoa(v3detClasses)); err != nil {
		return nil, err
	}
	var cells []evalCell
	var all []*program
	for _, truth := range []string{in.truth, many, most} {
		largest := b.largest
		if truth == most {
			largest = min(largest, mostInScene)
		}
		for n := 10000; n <= largest; n *= 10 {
			results, err := b.makeDetections(ctx, t, truth, n)
			if err != nil {
				return nil, err
			}
			c := evalCell{}
			if c.input, err = b.readEvalInput(ctx, truth, results, n); err != nil {
				return nil, err
			}
			name := fmt.Sprintf(", %s detections, %d classes", thousands(int64(n)), c.input.classes)
			c.programs = append(c.programs, &program{name: "cocostat eval" + name,
				run: process{args: []string{t.cocostat, "eval", truth, results}}})
			for _, library := range growthPeers {
				p := b.evalPeer(t, library, c.input)
				p.name += name
				c.programs = append(c.programs, p)
			}
			all = append(all, c.programs...)
			cells = append(cells, c)
		}
	}
	short := *b
	short.rounds = min(b.rounds, growthRuns)
	return cells, short.measure(ctx, all)
}

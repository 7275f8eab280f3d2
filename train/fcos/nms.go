package fcos

import "cocostat/train/internal/buffer"

// corners is a box by its edges, in pixels.
type corners struct{ x0, y0, x1, y1 float32 }

func (c corners) area() float32 { return (c.x1 - c.x0) * (c.y1 - c.y0) }

// overlap is the intersection over union of two boxes that have an area. Like
// torchvision's nms it is computed in float32, so that thresholds are met alike.
func (c corners) overlap(o corners) float32 {
	w := max(min(c.x1, o.x1)-max(c.x0, o.x0), 0)
	h := max(min(c.y1, o.y1)-max(c.y0, o.y0), 0)
	both := w * h
	return both / (c.area() + o.area() - both)
}

// clip cuts a box off at the edges of the image, and says whether something is
// left of it.
func (c corners) clip(image corners) (corners, bool) {
	c.x0, c.x1 = min(max(c.x0, image.x0), image.x1), min(max(c.x1, image.x0), image.x1)
	c.y0, c.y1 = min(max(c.y0, image.y0), image.y1), min(max(c.y1, image.y0), image.y1)
	return c, c.x1 > c.x0 && c.y1 > c.y0
}

// suppressor is non-maximum suppression, class by class. Boxes come best first,
// and each is compared with those of its class that were kept, which decides
// the same as removing from all what overlaps the best one, and so on; the work
// can end with the last detection that is wanted.
type suppressor struct {
	kept []keptBox
	last []int32 // of each class, the box that was kept last; −1 for none
}

type keptBox struct {
	corners
	before int32 // the one of its class that was kept before it; −1 for none
}

// start forgets what was kept.
func (s *suppressor) start(classes int) {
	s.kept, s.last = s.kept[:0], buffer.Resized(s.last, classes)
	for i := range s.last {
		s.last[i] = -1
	}
}

// keep keeps a box unless it overlaps one of its class that was kept by more
// than limit, and says so.
func (s *suppressor) keep(class int, c corners, limit float64) bool {
	for i := s.last[class]; i >= 0; i = s.kept[i].before {
		if float64(c.overlap(s.kept[i].corners)) > limit {
			return false
		}
	}
	s.kept = append(s.kept, keptBox{c, s.last[class]})
	s.last[class] = int32(len(s.kept) - 1)
	return true
}

package data

import "sync/atomic"

// cache keeps decoded images up to a number of bytes. An image that came in
// stays; when the memory is used up, later ones are decoded each time.
type cache struct {
	items []atomic.Pointer[pixels]
	left  atomic.Int64
}

func newCache(images int, bytes int64) *cache {
	c := &cache{items: make([]atomic.Pointer[pixels], images)}
	c.left.Store(bytes)
	return c
}

func (c *cache) get(i int) *pixels {
	return c.items[i].Load()
}

// put keeps a copy of p if there is room.
func (c *cache) put(i int, p *pixels) {
	n := int64(len(p.rgb))
	if c.left.Add(-n) < 0 {
		c.left.Add(n)
		return
	}
	kept := *p
	kept.rgb = append(make([]byte, 0, n), p.rgb...)
	c.items[i].Store(&kept)
}

// Package world joins the processes of a training: it finds its place in what a
// launcher says, brings the processes together, and watches over them, so that
// one that is missing, late or gone is named, and none waits for it for ever.
//
// Process 0 keeps a hub, to which all others are connected. Over it go small
// things: who is there, signs of life, faults, results. Tensors go through
// [torchx.Group]. A nil *World is one process alone, with which everything works
// as well.
package world

import type { Piece, RoundState } from './state.ts';
import type { Effect, Instant } from './types.ts';

export type Board = 'window' | 'evaluation';

/**
 * A state under way: a copy of the one before, whose fields this turn sets; effects are collected in order. Only the fields: what they
 * hold is shared with the states before and is replaced, never changed.
 */
export class Turn {
  readonly state: RoundState;
  readonly effects: Effect[] = [];

  constructor(before: RoundState, now: Instant) {
    this.state = { ...before, now };
  }

  set(change: Partial<RoundState>): void {
    Object.assign(this.state, change);
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  pieces(board: Board): readonly Piece[] {
    return this.state[board]?.pieces ?? [];
  }

  setPieces(board: Board, pieces: readonly Piece[]): void {
    if (board === 'window' && this.state.window !== null) {
      this.set({ window: { ...this.state.window, pieces } });
    } else if (board === 'evaluation' && this.state.evaluation !== null) {
      this.set({ evaluation: { ...this.state.evaluation, pieces } });
    }
  }

  setPiece(board: Board, index: number, change: Partial<Piece>): void {
    const pieces = this.pieces(board).slice();
    pieces[index] = { ...(pieces[index] as Piece), ...change };
    this.setPieces(board, pieces);
  }

  /** Changes the pieces of both boards; what stays the same must be returned itself. */
  mapPieces(change: (piece: Piece, board: Board) => Piece): void {
    for (const board of BOARDS) {
      const before = this.pieces(board);
      let after: Piece[] | undefined;
      for (const [index, piece] of before.entries()) {
        const changed = change(piece, board);
        if (changed === piece) continue;
        after ??= before.slice();
        after[index] = changed;
      }
      if (after !== undefined) this.setPieces(board, after);
    }
  }
}

/** Evaluation first: training waits for it. */
export const BOARDS: readonly Board[] = ['evaluation', 'window'];

import type { Piece, RoundState } from './state.ts';
import type { Effect } from './types.ts';

export type Board = 'window' | 'evaluation';

/** A state under way: every change replaces it by a new one, effects are collected in order. */
export class Turn {
  state: RoundState;
  readonly effects: Effect[] = [];

  constructor(state: RoundState) {
    this.state = state;
  }

  set(change: Partial<RoundState>): void {
    this.state = { ...this.state, ...change };
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
      const after = before.map((piece) => change(piece, board));
      if (after.some((piece, i) => piece !== before[i])) this.setPieces(board, after);
    }
  }
}

/** Evaluation first: training waits for it. */
export const BOARDS: readonly Board[] = ['evaluation', 'window'];
